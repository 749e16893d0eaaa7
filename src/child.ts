import { type ErrorCode, errorRecord, errorText, QueueFlowError } from "./errors.ts";
import type { Log } from "./log/log.ts";
import { openThreadLog } from "./log/thread-log.ts";
import { GatheredMetrics } from "./metrics/gathered-metrics.ts";
import { IngestMetrics } from "./metrics/ingest-metrics.ts";
import { StoringMetrics } from "./metrics/storing-metrics.ts";
import { ThreadMetrics } from "./metrics/thread-metrics.ts";
import { startConsumerRole } from "./roles/consumer-role.ts";
import { startIngestRole } from "./roles/ingest-role.ts";
import { startReclaimerRole } from "./roles/reclaimer-role.ts";
import type { RunningRole } from "./roles/running-role.ts";
import { type FromChild, HEARTBEAT_INTERVAL_MS, type ToChild } from "./supervisor/messages.ts";
import type { ThreadReport } from "./thread-report.ts";

/** What no restart of a thread can help. */
const FATAL: ReadonlySet<ErrorCode> = new Set([
  "redis_too_old",
  "redis_evicts",
  "schema_too_new",
  "database_encoding",
  "port_unavailable",
]);

declare const self: Worker;

type Start = Extract<ToChild, { type: "start" }>;

/** This thread's work, from the first message on; a stop that comes during the start waits for it. */
let running: Promise<RunningRole> | undefined;
/** Every thread of the process, as the supervisor last told. */
let threads: readonly ThreadReport[] = [];
const gathered = new GatheredMetrics(() => send({ type: "gather" }));
/** Says that the loop turns and what the thread has counted; before the work has begun there is nothing to say. */
let beat: () => Promise<void> = async () => undefined;

self.addEventListener("message", ({ data }: MessageEvent<ToChild>) => {
  switch (data.type) {
    case "start":
      void live(data);
      return;
    case "beat":
      void beat();
      return;
    case "gathered":
      gathered.take(data.metrics);
      return;
    case "threads":
      ({ threads } = data);
      return;
    case "hold":
      send({ type: "held" });
      Atomics.wait(data.gate, 0, 0, data.holdMsMax);
      return;
    case "stop":
      void stop();
      return;
  }
});

/** Starts the work, reports and keeps reporting until it is done; whatever it dies of ends the thread. */
async function live(start: Start): Promise<void> {
  const { spec, config, logFd } = start;
  const log = openThreadLog(spec.name, { level: config.logLevel, logFd });
  const metrics = new ThreadMetrics(spec.name, log);
  try {
    running = startRole(start, { log, metrics });
    const role = await running;
    beat = async () => {
      send({ type: "heartbeat", ...role.figures(), metrics: await metrics.read() });
    };
    send({ type: "ready" });
    setInterval(() => void beat(), HEARTBEAT_INTERVAL_MS);
    await role.done;
  } catch (error) {
    log.error({ error: errorText(error) }, "Thread cannot go on");
    if (isFatal(error)) send({ type: "fatal", error: errorRecord(error) });
    process.exit(1);
  }
}

async function startRole(
  { spec, config, restarts }: Start,
  { log, metrics }: { log: Log; metrics: ThreadMetrics },
): Promise<RunningRole> {
  const { registry } = metrics;
  switch (spec.role) {
    case "reclaimer":
      return startReclaimerRole(config, {
        name: spec.name,
        log,
        metrics: new StoringMetrics(registry),
        isRestarted: restarts > 0,
      });
    case "consumer":
      return startConsumerRole(config, {
        name: spec.name,
        log,
        metrics: new StoringMetrics(registry),
        isRestarted: restarts > 0,
      });
    case "ingest":
      return await startIngestRole(config, {
        log,
        isFirst: spec.name === "ingest-1" && restarts === 0,
        threads: () => threads,
        metrics: new IngestMetrics(registry),
        gatherMetrics: async () => await gathered.read(),
      });
  }
}

async function stop(): Promise<void> {
  try {
    await (await running)?.stop();
  } finally {
    // In a thread this ends the thread only.
    process.exit(0);
  }
}

function isFatal(error: unknown): boolean {
  return error instanceof QueueFlowError && FATAL.has(error.code);
}

function send(message: FromChild): void {
  self.postMessage(message);
}

import { type ErrorCode, errorRecord, errorText, QueueFlowError } from "./errors.ts";
import type { Log } from "./log.ts";
import { startConsumerRole } from "./roles/consumer-role.ts";
import { startIngestRole } from "./roles/ingest-role.ts";
import { startReclaimerRole } from "./roles/reclaimer-role.ts";
import type { RunningRole } from "./roles/running-role.ts";
import { type FromChild, HEARTBEAT_INTERVAL_MS, type ToChild } from "./supervisor/messages.ts";
import { openThreadLog } from "./thread-log.ts";
import type { ThreadReport } from "./thread-report.ts";

/** What no restart of a thread can help. */
const FATAL: ReadonlySet<ErrorCode> = new Set([
  "redis_too_old",
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

self.addEventListener("message", ({ data }: MessageEvent<ToChild>) => {
  switch (data.type) {
    case "start": {
      const log = logOf(data);
      running = startRole(data, log);
      void live(running, log);
      return;
    }
    case "threads":
      ({ threads } = data);
      return;
    case "stop":
      void stop();
      return;
  }
});

function logOf({ spec, config, logFd }: Start): Log {
  return openThreadLog(spec.name, { level: config.logLevel, logFd });
}

async function startRole(start: Start, log: Log): Promise<RunningRole> {
  const { spec, config, restarts } = start;
  switch (spec.role) {
    case "reclaimer":
      return startReclaimerRole(config, { name: spec.name, log });
    case "consumer":
      return startConsumerRole(config, { name: spec.name, log });
    case "ingest":
      return await startIngestRole(config, {
        log,
        isFirst: spec.name === "ingest-1" && restarts === 0,
        threads: () => threads,
      });
  }
}

/** Reports and keeps reporting until the work is done; whatever it dies of ends the thread. */
async function live(starting: Promise<RunningRole>, log: Log): Promise<void> {
  try {
    const role = await starting;
    send({ type: "ready" });
    setInterval(() => send({ type: "heartbeat", ...role.figures() }), HEARTBEAT_INTERVAL_MS);
    await role.done;
  } catch (error) {
    log.error({ error: errorText(error) }, "Thread cannot go on");
    if (isFatal(error)) send({ type: "fatal", error: errorRecord(error) });
    process.exit(1);
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

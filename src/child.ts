import { withDeadline } from "./async/deadline.ts";
import { shareInFlight } from "./async/share-in-flight.ts";
import type { Certificate } from "./certificate.ts";
import { type ErrorCode, errorRecord, errorText, QueueFlowError } from "./errors.ts";
import { openThreadLog, type ThreadLog } from "./log/thread-log.ts";
import { IngestMetrics } from "./metrics/ingest-metrics.ts";
import { PackingMetrics } from "./metrics/packing-metrics.ts";
import { ReportMetrics } from "./metrics/report-metrics.ts";
import { StoringMetrics } from "./metrics/storing-metrics.ts";
import { ThreadMetrics } from "./metrics/thread-metrics.ts";
import { startConsumerRole } from "./roles/consumer-role.ts";
import { startIngestRole } from "./roles/ingest-role.ts";
import { lowerPriority } from "./roles/lower-priority.ts";
import { startPackerRole } from "./roles/packer-role.ts";
import { startReclaimerRole } from "./roles/reclaimer-role.ts";
import { startReportRole } from "./roles/report-role.ts";
import type { RunningRole, TakenExchange } from "./roles/running-role.ts";
import { shortenSlice } from "./roles/short-slice.ts";
import { type FromChild, HEARTBEAT_INTERVAL_MS, type ToChild } from "./supervisor/messages.ts";
import type { ThreadReport } from "./thread-report.ts";

/** No restart of a thread fixes these. */
const FATAL: ReadonlySet<ErrorCode> = new Set([
  "redis_too_old",
  "redis_evicts",
  "schema_too_new",
  "database_encoding",
  "port_unavailable",
]);
/** The supervisor adds them up in milliseconds. */
const METRICS_DEADLINE_MS = 1_000;

declare const self: Worker;

type Start = Extract<ToChild, { type: "start" }>;
type Port = Extract<ToChild, { type: "port" }>;

/** A stop that arrives during the start waits for it. */
let running: Promise<RunningRole> | undefined;
let threads: readonly ThreadReport[] = [];
let exchange: TakenExchange | undefined;
let metricsReply = Promise.withResolvers<string>();

/** At most a heartbeat old. */
const readProcessMetrics = shareInFlight(async () => {
  metricsReply = Promise.withResolvers();
  send({ type: "readMetrics" });
  return await withDeadline(metricsReply.promise, {
    deadlineMs: METRICS_DEADLINE_MS,
    onLate() {
      throw new QueueFlowError("internal", "The supervisor did not return the metrics in time");
    },
  });
}, 0);

self.addEventListener("message", ({ data }: MessageEvent<ToChild>) => {
  switch (data.type) {
    case "start":
      void run(data);
      return;
    case "threads":
      ({ threads } = data);
      return;
    case "metrics":
      metricsReply.resolve(data.text);
      return;
    case "taken":
      exchange?.add(data.taken);
      return;
    case "certificate":
      void renewCertificate(data.certificate);
      return;
    case "port":
      void joinPeer(data);
      return;
    case "stop":
      void stop();
      return;
  }
});

async function run(start: Start): Promise<void> {
  const { spec, config, logFd } = start;
  const log = openThreadLog(spec.name, { level: config.logLevel, logFd });
  const metrics = new ThreadMetrics(spec.name, log);
  try {
    running = startRole(start, { log, metrics });
    const role = await running;
    ({ exchange } = role);
    const sendHeartbeat = async () => {
      const taken = role.exchange?.collect();
      send({ type: "heartbeat", ...role.figures(), taken, metrics: await metrics.read() });
    };
    send({ type: "ready" });
    await sendHeartbeat();
    setInterval(() => void sendHeartbeat(), HEARTBEAT_INTERVAL_MS);
    await role.done;
  } catch (error) {
    log.error({ error: errorText(error) }, "Thread cannot go on");
    if (isFatal(error)) send({ type: "fatal", error: errorRecord(error) });
    process.exit(1);
  }
}

async function startRole(
  { spec: { role, name, index }, config, restarts, certificate }: Start,
  { log, metrics: { registry } }: { log: ThreadLog; metrics: ThreadMetrics },
): Promise<RunningRole> {
  const isRestarted = restarts > 0;
  switch (role) {
    case "reclaimer":
    case "consumer": {
      const options = { name, log, metrics: new StoringMetrics(registry), isRestarted };
      if (role === "consumer") return startConsumerRole(config, { ...options, index });
      return startReclaimerRole(config, {
        ...options,
        onStart: (state) => send({ type: "servers", state }),
      });
    }
    case "packer":
      lowerPriority();
      return startPackerRole(config, { log, metrics: new PackingMetrics(registry) });
    case "report":
      lowerPriority();
      return startReportRole(config, { log, metrics: new ReportMetrics(registry) });
    case "ingest":
      shortenSlice();
      return await startIngestRole(config, {
        log,
        certificate,
        isFirst: name === "ingest-1" && !isRestarted,
        threads: () => threads,
        metrics: new IngestMetrics(registry),
        readProcessMetrics,
      });
  }
}

async function joinPeer({ peer, port }: Port): Promise<void> {
  const role = await running?.catch(() => undefined);
  role?.joinPeer?.(peer, port);
}

async function renewCertificate(certificate: Certificate): Promise<void> {
  // The supervisor logs why a thread does not start.
  const role = await running?.catch(() => undefined);
  role?.renewCertificate?.(certificate);
}

async function stop(): Promise<void> {
  try {
    await (await running)?.stop();
  } finally {
    // Ends the thread only.
    process.exit(0);
  }
}

function isFatal(error: unknown): boolean {
  return error instanceof QueueFlowError && FATAL.has(error.code);
}

function send(message: FromChild): void {
  self.postMessage(message);
}

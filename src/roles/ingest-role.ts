import type { ConnectedConfig } from "../config/config.ts";
import { READ_CONNECTIONS } from "../config/postgres-connections.ts";
import { remedyOf } from "../consume/remedy-of.ts";
import { errorText, QueueFlowError } from "../errors.ts";
import { startHealthProbe } from "../health/health-probe.ts";
import { healthReport } from "../health/health-report.ts";
import { partGauges } from "../health/part-gauges.ts";
import { buildApp } from "../http/app.ts";
import { FairReads } from "../http/fair-reads.ts";
import { serveApp } from "../http/serve-app.ts";
import type { Log } from "../log/log.ts";
import { Outage } from "../log/outage.ts";
import { gaugesText } from "../metrics/gauges.ts";
import type { IngestMetrics } from "../metrics/ingest-metrics.ts";
import { Database } from "../store/database.ts";
import { readStats } from "../store/reports/read-stats.ts";
import { confirmClock, trustedNowMs } from "../stream/check-clocks.ts";
import { ensureGroup } from "../stream/consumer-group.ts";
import { EvictionGuard } from "../stream/eviction-guard.ts";
import { Producer } from "../stream/producer.ts";
import { EventConnection } from "../stream/redis/event-connection.ts";
import { RedisClock } from "../stream/redis/redis-clock.ts";
import {
  closeRedisConnection,
  openRedisConnection,
  type RedisConnection,
  waitUntilReady,
} from "../stream/redis/redis-connection.ts";
import type { ThreadReport } from "../thread-report.ts";
import { DATABASE_CLOSE_MS_MAX, REDIS_READY_MS_MAX } from "./role-deadlines.ts";
import type { RunningRole } from "./running-role.ts";

/** At 500 bytes an event, 5 MB a thread; Redis takes as many in a fifth of a second. */
const WAITING_EVENTS_MAX = 10_000;

/** What an ingest thread has of its process. */
export interface IngestRoleOptions {
  readonly log: Log;
  /** Whether it is the first thread of the process to listen. */
  readonly isFirst: boolean;
  /** Every thread of the process, as the supervisor last told. */
  readonly threads: () => readonly ThreadReport[];
  readonly metrics: IngestMetrics;
  /** Returns the metrics of the whole process, as Prometheus reads them. */
  readonly readProcessMetrics: () => Promise<string>;
}

/**
 * An ingest thread: the HTTP server. It listens even while Redis is away, and answers 503 until it is
 * back. The first life of the first thread finds out whether the port is free.
 */
export async function startIngestRole(
  config: ConnectedConfig,
  { log, isFirst, threads, metrics, readProcessMetrics }: IngestRoleOptions,
): Promise<RunningRole> {
  const redis = openRedisConnection({ url: config.redisUrl, log, blockMs: 0 });
  const database = new Database({
    url: config.databaseUrl,
    connectionsMax: READ_CONNECTIONS,
    isForReading: true,
  });
  const reads = new FairReads({
    read: async (query) => await readStats(database, query),
    runningMax: READ_CONNECTIONS,
  });
  const probed = new Database({ url: config.databaseUrl, connectionsMax: 1 });
  const { stream, group, streamLengthMax } = config;
  const appends = new EventConnection(redis);
  const guard = new EvictionGuard(redis);
  const flushes = new Outage(log, {
    began: "Redis takes no events, they are answered with 503",
    ended: "Redis takes events again",
    remedyOf,
  });
  const producer = new Producer(appends, {
    stream,
    guard,
    streamLengthMax,
    waitingEventsMax: WAITING_EVENTS_MAX,
    onFlushed: (events, sentAtMs) => metrics.flushed(events, sentAtMs),
    flushes,
  });
  const clock = new RedisClock(redis);
  await Promise.all([
    waitUntilReady(redis, REDIS_READY_MS_MAX),
    appends.untilReady(REDIS_READY_MS_MAX),
  ]);
  await guard.check();
  await makeGroup(redis, config, log);
  let stopping = false;
  const checkReady = async () => {
    if (stopping) throw new QueueFlowError("shutting_down", "The server is shutting down");
    await producer.checkAppend();
  };
  const health = startHealthProbe({
    redis,
    database: probed,
    key: { stream, group },
    clock,
    checkReady,
    threads,
  });
  const app = buildApp({
    producer,
    confirmClock: async () =>
      await confirmClock(clock, redis).catch((error: unknown) => {
        flushes.failed(error);
        throw error;
      }),
    readNowMs: async () => await trustedNowMs(clock),
    readStats: async (query) => await reads.ask(query),
    log,
    statsReads: new Outage(log, {
      began: "PostgreSQL could not read the stats, they are answered with 503",
      ended: "PostgreSQL reads the stats again",
      remedyOf,
    }),
    readBacklog: health.readBacklog,
    checkReady,
    readHealth: async () => healthReport(await health.parts(), Date.now()),
    readMetrics,
    metrics,
  });
  const { apiHost: host, apiPort: port, mayShareApiPort: mayShare } = config;
  const server = serveApp(app, { host, port, probePort: isFirst, mayShare, log });
  const done = Promise.withResolvers<void>();
  const figures = { workAgeMs: 0, lastCommitAt: null, error: null };
  return { figures: () => figures, done: done.promise, stop };

  async function readMetrics(): Promise<string> {
    const [ofProcess, parts] = await Promise.all([readProcessMetrics(), health.parts()]);
    return `${ofProcess}\n${await gaugesText(partGauges(parts, streamLengthMax))}`;
  }

  async function stop(): Promise<void> {
    stopping = true;
    await server.stop();
    health.stop();
    guard.stop();
    await producer.drained();
    await Promise.all([
      closeRedisConnection(redis),
      database.close(DATABASE_CLOSE_MS_MAX),
      probed.close(DATABASE_CLOSE_MS_MAX),
    ]);
    done.resolve();
  }
}

/** Before anything is appended, so that the group misses nothing; a consumer makes it otherwise, at `0`. */
async function makeGroup(
  redis: RedisConnection,
  { stream, group }: ConnectedConfig,
  log: Log,
): Promise<void> {
  try {
    await ensureGroup(redis, { stream, group }, log);
  } catch (error) {
    log.warn({ error: errorText(error) }, "The consumer group is left to the consumers");
  }
}

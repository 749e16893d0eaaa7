import { shareInFlight } from "../async/share-in-flight.ts";
import { type ErrorCode, QueueFlowError } from "../errors.ts";
import { sumLosses } from "../event/loss.ts";
import type { Database } from "../store/database.ts";
import { probeDatabase } from "../store/inspect/probe-database.ts";
import type { GroupKey } from "../stream/consumer-group.ts";
import { notedLosses } from "../stream/inspect/loss-notes.ts";
import { type Backlog, readBacklog } from "../stream/inspect/read-backlog.ts";
import { readSettings } from "../stream/inspect/redis-settings.ts";
import type { RedisClock } from "../stream/redis/redis-clock.ts";
import type { RedisConnection } from "../stream/redis/redis-connection.ts";
import type { ThreadReport } from "../thread-report.ts";
import { BacklogWatch } from "./backlog-watch.ts";
import type { HealthParts } from "./health-report.ts";

const OBSERVE_INTERVAL_MS = 2_000;
/** Between two probes of all parts. */
const PROBE_PAUSE_MS = 50;

export interface HealthProbeOptions {
  readonly redis: RedisConnection;
  /** Shared with nothing: slow statements of others would make PostgreSQL look down. */
  readonly database: Database;
  readonly key: GroupKey;
  readonly clock: RedisClock;
  readonly checkReady: () => Promise<void>;
  readonly threads: () => readonly ThreadReport[];
}

export interface HealthProbe {
  /** Probes every part, within a second; calls in between share the result. Never rejects. */
  readonly parts: () => Promise<HealthParts>;
  /** Rejects while Redis is away. */
  readonly readBacklog: () => Promise<Backlog>;
  readonly stop: () => void;
}

/** Watches the backlog until `stop`, and probes the other parts on demand. */
export function startHealthProbe(options: HealthProbeOptions): HealthProbe {
  const { redis, database, key, clock, checkReady, threads } = options;
  const watch = new BacklogWatch();
  const timer = setInterval(() => void observe(), OBSERVE_INTERVAL_MS);
  const parts = shareInFlight(probeAll, PROBE_PAUSE_MS);
  return { parts, readBacklog: readAged, stop: () => clearInterval(timer) };

  async function observe(): Promise<Backlog | undefined> {
    try {
      return await readAged();
    } catch {
      watch.observe(undefined, performance.now());
      return undefined;
    }
  }

  async function readAged(): Promise<Backlog> {
    const backlog = await readBacklog(redis, key);
    watch.observe(backlog, performance.now());
    return watch.aged(backlog);
  }

  async function probeAll(): Promise<HealthParts> {
    const [backlog, settings, databaseProbe, notReady, redisMs, noted] = await Promise.all([
      observe(),
      readSettings(redis),
      probeDatabase(database),
      problemOf(checkReady),
      clock.read(),
      notedLosses(redis, key).catch(() => undefined),
    ]);
    const { stillForMs } = watch;
    return {
      backlog,
      settings,
      database: databaseProbe,
      notReady,
      stillForMs,
      losses: sumLosses(databaseProbe.losses, noted),
      clockOffsetMs: redisMs === undefined ? undefined : Date.now() - redisMs,
      threads: threads(),
    };
  }
}

async function problemOf(checkReady: () => Promise<void>): Promise<ErrorCode | undefined> {
  try {
    await checkReady();
    return undefined;
  } catch (error) {
    return error instanceof QueueFlowError ? error.code : "internal";
  }
}

import { shareInFlight } from "../async/share-in-flight.ts";
import { type ErrorCode, QueueFlowError } from "../errors.ts";
import { type Loss, sumLosses } from "../event/loss.ts";
import type { Database } from "../store/database.ts";
import { probeDatabase } from "../store/inspect/probe-database.ts";
import { notedLosses } from "../stream/inspect/loss-notes.ts";
import type { Backlog } from "../stream/inspect/read-backlog.ts";
import {
  findWeaknesses,
  type RedisSettings,
  readSettings,
} from "../stream/inspect/redis-settings.ts";
import type { RedisClock } from "../stream/redis/redis-clock.ts";
import type { ShardConnection } from "../stream/shards/shard-connections.ts";
import type { ThreadReport } from "../thread-report.ts";
import type { HealthParts } from "./health-report.ts";
import { backlogOf, ShardWatches, stillForMsOf } from "./shard-watches.ts";

const OBSERVE_INTERVAL_MS = 2_000;
/** Between two probes of all parts. */
const PROBE_PAUSE_MS = 50;

export interface HealthProbeOptions {
  readonly shards: readonly ShardConnection[];
  /** Shared with nothing: slow statements of others would make PostgreSQL look down. */
  readonly database: Database;
  readonly clock: RedisClock;
  readonly checkReady: () => Promise<void>;
  readonly threads: () => readonly ThreadReport[];
}

export interface HealthProbe {
  /** Probes every part, within a second; calls in between share the result. Never rejects. */
  readonly parts: () => Promise<HealthParts>;
  /** Of the shards whose servers answer. Rejects while none does. */
  readonly readBacklog: () => Promise<Backlog>;
  readonly stop: () => void;
}

/** Watches the backlog until `stop`, and probes the other parts on demand. */
export function startHealthProbe(options: HealthProbeOptions): HealthProbe {
  const { shards, database, clock, checkReady, threads } = options;
  const watches = new ShardWatches(shards);
  const timer = setInterval(() => void watches.observe(), OBSERVE_INTERVAL_MS);
  const parts = shareInFlight(probeAll, PROBE_PAUSE_MS);
  return { parts, readBacklog, stop: () => clearInterval(timer) };

  async function readBacklog(): Promise<Backlog> {
    const backlog = backlogOf(await watches.observe());
    if (backlog !== undefined) return backlog;
    throw new QueueFlowError("stream_unavailable", "Redis could not read the backlog");
  }

  async function probeAll(): Promise<HealthParts> {
    const [states, settings, databaseProbe, notReady, redisMs, noted] = await Promise.all([
      watches.observe(),
      weakestSettings(shards),
      probeDatabase(database),
      problemOf(checkReady),
      clock.read(),
      notedOf(shards).catch(() => undefined),
    ]);
    return {
      backlog: backlogOf(states),
      settings,
      database: databaseProbe,
      notReady,
      stillForMs: stillForMsOf(states),
      shards: states,
      losses: sumLosses(databaseProbe.losses, noted),
      clockOffsetMs: redisMs === undefined ? undefined : Date.now() - redisMs,
      threads: threads(),
    };
  }
}

async function weakestSettings(
  shards: readonly ShardConnection[],
): Promise<RedisSettings | undefined> {
  const connections = new Set(shards.map(({ redis }) => redis));
  const read = await Promise.all(Array.from(connections, readSettings));
  const known = read.filter((settings) => settings !== undefined);
  return known.find((settings) => findWeaknesses(settings).length > 0) ?? known[0];
}

async function notedOf(shards: readonly ShardConnection[]): Promise<readonly Loss[]> {
  const noted = await Promise.all(
    shards.map(async ({ redis, key }) => await notedLosses(redis, key)),
  );
  return noted.flat();
}

async function problemOf(checkReady: () => Promise<void>): Promise<ErrorCode | undefined> {
  try {
    await checkReady();
    return undefined;
  } catch (error) {
    return error instanceof QueueFlowError ? error.code : "internal";
  }
}

import { QueueFlowError } from "../../errors.ts";
import type { Log } from "../../log/log.ts";
import { type RedisConnection, redisCall } from "../redis/redis-connection.ts";
import { evictionRefusal, mayEvictStream, policyIn } from "./eviction-policy.ts";

/** XAUTOCLAIM lists deleted entries apart, and scripts replicate their effects, since this version. */
export const REDIS_VERSION_MIN = 7;

/** A setting of Redis that takes something away from the promise that a 202 outlives its death. */
export interface Weakness {
  readonly setting: string;
  readonly value: string;
  readonly warning: string;
  readonly remedy: string;
  /** Whether all accepted events may be lost, and not only the last of them. */
  readonly losesAll: boolean;
}

const NO_EVICTION =
  "Set `maxmemory-policy noeviction`, with CONFIG SET and in its configuration file";

const WEAKNESSES: readonly (Omit<Weakness, "value"> & {
  readonly isWeak: (value: string) => boolean;
})[] = [
  {
    setting: "appendonly",
    isWeak: (value) => value === "no",
    warning: "Redis keeps no append-only file: accepted events are lost when it restarts",
    remedy: "Set `appendonly yes`, with CONFIG SET and in its configuration file",
    losesAll: true,
  },
  {
    setting: "appendfsync",
    isWeak: (value) => value !== "always",
    warning:
      "Redis does not sync its append-only file at every write: a crash can lose accepted events of the last two seconds",
    remedy: "Set `appendfsync always`, with CONFIG SET and in its configuration file",
    losesAll: false,
  },
  {
    setting: "maxmemory-policy",
    isWeak: mayEvictStream,
    warning: "Redis may evict the stream when its memory is full: events are refused",
    remedy: NO_EVICTION,
    losesAll: true,
  },
  {
    setting: "maxmemory-policy",
    isWeak: (value) => value.startsWith("volatile-"),
    warning: "Redis may evict keys that expire; the engine removes an expiry from its stream",
    remedy: NO_EVICTION,
    losesAll: false,
  },
];

/** The settings that decide what Redis promises. */
const SETTINGS: readonly string[] = [...new Set(WEAKNESSES.map(({ setting }) => setting))];

/**
 * Reads back what this Redis promises and warns of what it does not. A policy that may evict the stream is refused
 * unless the thread `isRestarted`: storing the backlog is then the best that can be done.
 *
 * @throws QueueFlowError `redis_too_old` below version 7.0; `redis_evicts`; `stream_unavailable`.
 */
export async function checkRedis(
  redis: RedisConnection,
  log: Log,
  { isRestarted }: { readonly isRestarted: boolean },
): Promise<void> {
  const info = await redisCall(redis, "tell its version", redis.info("server"));
  const version = /^redis_version:(\S+)/m.exec(info)?.[1] ?? "unknown";
  if (Number.parseInt(version, 10) < REDIS_VERSION_MIN) {
    const sentence = `Expected Redis ${REDIS_VERSION_MIN}.0 or newer, got ${version}`;
    throw new QueueFlowError("redis_too_old", sentence);
  }
  const settings = await readSettings(redis);
  if (settings === undefined || settings.size < SETTINGS.length) {
    log.warn(
      {},
      "Redis does not tell all of its settings: whether an accepted event outlives it is unknown",
    );
  }
  if (settings === undefined) return;
  const refusal = evictionRefusal(settings.get("maxmemory-policy"));
  if (refusal !== undefined && !isRestarted) throw refusal;
  for (const { setting, value, warning } of findWeaknesses(settings)) {
    log.warn({ [setting]: value }, warning);
  }
}

/** What the settings of `readSettings` take away. Without a file it does not matter how often it is synced. */
export function findWeaknesses(settings: ReadonlyMap<string, string>): readonly Weakness[] {
  const hasFile = settings.get("appendonly") === "yes";
  return WEAKNESSES.flatMap(({ isWeak, ...weakness }) => {
    const value = settings.get(weakness.setting);
    const matters = weakness.setting !== "appendfsync" || hasFile;
    return value !== undefined && matters && isWeak(value) ? [{ ...weakness, value }] : [];
  });
}

/**
 * Reads back the settings that decide what this Redis promises, by name. A managed Redis may refuse CONFIG: INFO tells all
 * of them but `appendfsync`. Undefined when Redis is away or refuses both. Never rejects.
 */
export async function readSettings(
  redis: RedisConnection,
): Promise<ReadonlyMap<string, string> | undefined> {
  try {
    const replies = await Promise.all(
      SETTINGS.map(async (name): Promise<unknown> => await redis.config("GET", name)),
    );
    const told = new Map<string, string>();
    for (const [i, name] of SETTINGS.entries()) {
      const reply = replies[i];
      if (Array.isArray(reply) && reply.length > 1) told.set(name, String(reply[1]));
    }
    if (told.size === SETTINGS.length) return told;
  } catch {
    // INFO may tell.
  }
  return await settingsInInfo(redis);
}

async function settingsInInfo(
  redis: RedisConnection,
): Promise<ReadonlyMap<string, string> | undefined> {
  try {
    const info = `${await redis.info("persistence")}${await redis.info("memory")}`;
    const settings = new Map<string, string>();
    const hasFile = /^aof_enabled:([01])/m.exec(info)?.[1];
    if (hasFile !== undefined) settings.set("appendonly", hasFile === "1" ? "yes" : "no");
    const policy = policyIn(info);
    if (policy !== undefined) settings.set("maxmemory-policy", policy);
    return settings.size > 0 ? settings : undefined;
  } catch {
    return undefined;
  }
}

import { QueueFlowError } from "../errors.ts";
import type { Log } from "../log.ts";
import { type RedisConnection, redisCall } from "./redis-connection.ts";

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
    isWeak: (value) => value !== "noeviction",
    warning:
      "Redis may evict the stream when its memory is full: set maxmemory-policy to noeviction",
    remedy: "Set `maxmemory-policy noeviction`, with CONFIG SET and in its configuration file",
    losesAll: true,
  },
];

/**
 * Reads back what this Redis promises and says plainly what it does not.
 *
 * @throws QueueFlowError `redis_too_old` below version 7.0; `stream_unavailable`.
 */
export async function checkRedis(redis: RedisConnection, log: Log): Promise<void> {
  const info = await redisCall(redis, "tell its version", redis.info("server"));
  const version = /^redis_version:(\S+)/m.exec(info)?.[1] ?? "unknown";
  if (Number.parseInt(version, 10) < REDIS_VERSION_MIN) {
    const sentence = `Expected Redis ${REDIS_VERSION_MIN}.0 or newer, got ${version}`;
    throw new QueueFlowError("redis_too_old", sentence);
  }
  const settings = await readSettings(redis);
  if (settings === undefined) {
    log.warn(
      {},
      "Redis does not tell its settings: whether an accepted event outlives it is unknown",
    );
    return;
  }
  for (const { setting, value, warning } of findWeaknesses(settings)) {
    log.warn({ [setting]: value }, warning);
  }
}

/** What the settings of `readSettings` take away. Without a file it does not matter how often it is synced. */
export function findWeaknesses(settings: ReadonlyMap<string, string>): readonly Weakness[] {
  const hasFile = settings.get("appendonly") === "yes";
  return WEAKNESSES.flatMap(({ isWeak, ...weakness }) => {
    const value = settings.get(weakness.setting) ?? "";
    const matters = weakness.setting !== "appendfsync" || hasFile;
    return matters && isWeak(value) ? [{ ...weakness, value }] : [];
  });
}

/**
 * Reads back the settings that decide what this Redis promises, by name. A managed Redis may refuse
 * CONFIG, and one that is away does not answer: the settings are then unknown. Never rejects.
 */
export async function readSettings(
  redis: RedisConnection,
): Promise<ReadonlyMap<string, string> | undefined> {
  try {
    const names = WEAKNESSES.map(({ setting }) => setting);
    const values = await Promise.all(names.map(async (name) => await redis.config("GET", name)));
    return new Map(names.map((name, i) => [name, settingOf(values[i])]));
  } catch {
    return undefined;
  }
}

function settingOf(reply: unknown): string {
  return Array.isArray(reply) ? String(reply[1]) : "";
}

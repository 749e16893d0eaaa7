import { QueueFlowError } from "../errors.ts";
import type { Log } from "../log.ts";
import { type RedisConnection, redisCall } from "./redis-connection.ts";

/** XAUTOCLAIM lists deleted entries apart, and scripts replicate their effects, since this version. */
const VERSION_MIN = 7;

/** What a setting of Redis takes away from the promise that a 202 outlives its death. */
const WEAKNESSES: readonly {
  setting: string;
  isWeak: (value: string) => boolean;
  warning: string;
}[] = [
  {
    setting: "appendonly",
    isWeak: (value) => value === "no",
    warning: "Redis keeps no append-only file: accepted events are lost when it restarts",
  },
  {
    setting: "appendfsync",
    isWeak: (value) => value !== "always",
    warning:
      "Redis does not sync its append-only file at every write: a crash can lose accepted events of the last two seconds",
  },
  {
    setting: "maxmemory-policy",
    isWeak: (value) => value !== "noeviction",
    warning:
      "Redis may evict the stream when its memory is full: set maxmemory-policy to noeviction",
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
  if (Number.parseInt(version, 10) < VERSION_MIN) {
    const sentence = `Expected Redis ${VERSION_MIN}.0 or newer, got ${version}`;
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
  const hasFile = settings.get("appendonly") === "yes";
  for (const { setting, isWeak, warning } of WEAKNESSES) {
    const value = settings.get(setting) ?? "";
    const matters = setting !== "appendfsync" || hasFile;
    if (matters && isWeak(value)) log.warn({ [setting]: value }, warning);
  }
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

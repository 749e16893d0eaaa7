import type { RedisConnection } from "../redis/redis-connection.ts";

export interface Weakness {
  readonly setting: string;
  readonly value: string;
  readonly warning: string;
  readonly remedy: string;
  readonly losesAll: boolean;
}

export type RedisSettings = ReadonlyMap<string, string>;

const NO_EVICTION =
  "Set `maxmemory-policy noeviction`, with CONFIG SET and in its configuration file";

const WEAKNESSES: readonly (Omit<Weakness, "value"> & {
  readonly isWeak: (value: string, settings: RedisSettings) => boolean;
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
    isWeak: (value, settings) => value !== "always" && settings.get("appendonly") === "yes",
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

export const SETTINGS: readonly string[] = ["appendonly", "appendfsync", "maxmemory-policy"];

/** A `volatile-` policy evicts only keys that expire, and the engine removes an expiry from its stream. */
export function mayEvictStream(policy: string): boolean {
  return policy !== "noeviction" && !policy.startsWith("volatile-");
}

export function findWeaknesses(settings: RedisSettings): readonly Weakness[] {
  return WEAKNESSES.flatMap(({ isWeak, ...weakness }) => {
    const value = settings.get(weakness.setting);
    return value !== undefined && isWeak(value, settings) ? [{ ...weakness, value }] : [];
  });
}

/** A managed Redis may refuse CONFIG; INFO has all but `appendfsync`. Never rejects. */
export async function readSettings(redis: RedisConnection): Promise<RedisSettings | undefined> {
  let configured: RedisSettings = new Map();
  try {
    configured = settingsIn(await redis.call("CONFIG", ["GET", ...SETTINGS]));
    if (configured.size === SETTINGS.length) return configured;
  } catch (error) {
    // Do not wait for a second deadline.
    if (!(error instanceof Error) || error.name !== "ReplyError") return undefined;
  }
  try {
    const info = `${await redis.info("persistence")}${await redis.info("memory")}`;
    const settings = new Map<string, string>();
    const hasFile = /^aof_enabled:([01])/m.exec(info)?.[1];
    if (hasFile !== undefined) settings.set("appendonly", hasFile === "1" ? "yes" : "no");
    const policy = /^maxmemory_policy:(\S+)/m.exec(info)?.[1];
    if (policy !== undefined) settings.set("maxmemory-policy", policy);
    return settings.size > 0 ? settings : undefined;
  } catch {
    return configured.size > 0 ? configured : undefined;
  }
}

export function settingsIn(reply: unknown): RedisSettings {
  const flat: readonly unknown[] = Array.isArray(reply) ? reply : [];
  const pairs = flat.flatMap((value, i) =>
    i % 2 === 1 ? [[String(flat[i - 1]), String(value)] as const] : [],
  );
  return new Map(pairs);
}

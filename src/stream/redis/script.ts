import type { RedisConnection } from "./redis-connection.ts";

/** A Lua script and the SHA-1 under which Redis caches it. */
export interface Script {
  readonly lua: string;
  readonly sha1: string;
}

/** Prepares a script for `runScript`. */
export function defineScript(lua: string): Script {
  return { lua, sha1: new Bun.CryptoHasher("sha1").update(lua).digest("hex") };
}

/**
 * Runs a script on its key or keys by its hash. A Redis that has restarted or failed over does not know it:
 * NOSCRIPT means that nothing was executed, so sending the whole text then is no repetition.
 */
export async function runScript(
  redis: RedisConnection,
  script: Script,
  { key, args }: { key: string | readonly string[]; args: readonly (string | number)[] },
): Promise<unknown> {
  const keys = typeof key === "string" ? [key] : key;
  try {
    return await redis.call("EVALSHA", [script.sha1, keys.length, ...keys, ...args]);
  } catch (error) {
    if (!(error instanceof Error) || !error.message.startsWith("NOSCRIPT")) throw error;
    return await redis.call("EVAL", [script.lua, keys.length, ...keys, ...args]);
  }
}

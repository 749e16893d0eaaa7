import { redisCall } from "../redis/redis-call.ts";
import type { RedisConnection } from "../redis/redis-connection.ts";

export type ServerFacts = ReadonlyMap<string, string>;

/** Returns undefined when the user may not call INFO. */
export async function readServer(redis: RedisConnection): Promise<ServerFacts | undefined> {
  const info = redis.info().catch((error: unknown) => {
    if (error instanceof Error && error.message.startsWith("NOPERM ")) return undefined;
    throw error;
  });
  const text = await redisCall(redis, "report its state", info);
  if (text === undefined) return undefined;
  const pairs = text.matchAll(/^(\w+):(.*?)\r?$/gm);
  return new Map(Array.from(pairs, ([, name = "", value = ""]) => [name, value]));
}

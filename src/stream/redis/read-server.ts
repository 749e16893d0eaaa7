import { Type } from "@sinclair/typebox";
import { type RedisConnection, redisCall } from "./redis-connection.ts";
import { replyOf } from "./reply.ts";

const timeReply = replyOf(Type.Array(Type.Union([Type.String(), Type.Number()])));

/** What Redis says of itself with `INFO`, by its own names, such as `redis_version`. */
export type ServerFacts = ReadonlyMap<string, string>;

/** Reads what Redis says of itself; undefined where it may not be asked. */
export async function readServer(redis: RedisConnection): Promise<ServerFacts | undefined> {
  const info = redis.info().catch((error: unknown) => {
    if (error instanceof Error && error.message.startsWith("NOPERM ")) return undefined;
    throw error;
  });
  const text = await redisCall(redis, "tell of itself", info);
  if (text === undefined) return undefined;
  const pairs = text.matchAll(/^(\w+):(.*?)\r?$/gm);
  return new Map(Array.from(pairs, ([, name = "", value = ""]) => [name, value]));
}

/** The clock of Redis, in milliseconds since 1970; undefined where it may not be asked. */
export async function readClock(redis: RedisConnection): Promise<number | undefined> {
  try {
    const [seconds, microseconds] = timeReply(await redis.time());
    return Number(seconds) * 1_000 + Number(microseconds) / 1_000;
  } catch {
    return undefined;
  }
}

import { type RedisConnection, redisCall } from "./redis-connection.ts";
import { entryIdMs } from "./stream-entry.ts";

/**
 * When the oldest entry that the stream holds was received, in milliseconds since 1970, be it processed or not: a group that
 * is made anew is delivered all of them again. Undefined when there is none.
 */
export async function oldestEntryMs(
  redis: RedisConnection,
  stream: string,
): Promise<number | undefined> {
  const first = redis.xrange(stream, "-", "+", "COUNT", 1);
  const [entry] = await redisCall(redis, "read the stream's first entry", first);
  return entry === undefined ? undefined : entryIdMs(entry[0]);
}

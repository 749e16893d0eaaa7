import type { Reading } from "../../event/retention.ts";
import { readClock } from "../redis/read-server.ts";
import { type RedisConnection, redisCall } from "../redis/redis-connection.ts";
import { receivedMsOf } from "../stream-entry.ts";

/**
 * Reads what bounds a prune: when the oldest entry that the stream holds was received, processed or not, since a group that
 * is created again is delivered all of them; and the clock of Redis, where the user may read it.
 *
 * @throws QueueFlowError `stream_unavailable`.
 */
export async function readRetentionClocks(
  redis: RedisConnection,
  stream: string,
): Promise<readonly Reading[]> {
  const first = redis.xrange(stream, "-", "+", "COUNT", 1);
  const [oldest] = await redisCall(redis, "read the stream's first entry", first);
  const redisMs = await readClock(redis);
  const clock = redisMs === undefined ? [] : [{ of: "the clock of Redis", ms: redisMs }];
  if (oldest === undefined) return clock;
  const [id, flatFields] = oldest;
  const oldestMs = receivedMsOf({ id, flatFields }, redisMs);
  return [...clock, { of: "the oldest entry of the stream", ms: oldestMs }];
}

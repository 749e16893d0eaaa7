import type { Reading } from "../../event/retention.ts";
import { redisCall } from "../redis/redis-call.ts";
import { readClock } from "../redis/redis-clock.ts";
import type { ShardConnection } from "../shards/shard-connections.ts";
import { receivedMsOf } from "../stream-entry.ts";

/**
 * Reads the instants of every shard that bound a prune. Processed entries count too: a group that is created again gets them.
 *
 * @throws QueueFlowError `stream_unavailable`.
 */
export async function readRetentionClocks(
  shards: readonly ShardConnection[],
): Promise<readonly Reading[]> {
  return (await Promise.all(shards.map(clocksOf))).flat();
}

async function clocksOf({ redis, key: { stream } }: ShardConnection): Promise<readonly Reading[]> {
  const first = redis.xrange(stream, "-", "+", "COUNT", 1);
  const [oldest] = await redisCall(redis, "read the stream's first entry", first);
  const redisMs = await readClock(redis);
  const clock = redisMs === undefined ? [] : [{ of: "the clock of Redis", ms: redisMs }];
  if (oldest === undefined) return clock;
  const [id, flatFields] = oldest;
  const oldestMs = receivedMsOf({ id, flatFields }, redisMs);
  return [...clock, { of: "the oldest entry of the stream", ms: oldestMs }];
}

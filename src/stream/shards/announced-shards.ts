import { keyBeside } from "../key-beside.ts";
import { redisCall } from "../redis/redis-call.ts";
import type { RedisConnection } from "../redis/redis-connection.ts";
import { SHARDS_MAX, type ShardedStream, shardStreams } from "./shard-streams.ts";

/** A sorted set beside the first shard: the numbers of shards that producers have had. */
export function announcedKey(stream: string): string {
  return keyBeside(stream, "shards");
}

/**
 * Tells consumers with fewer shards how many there are. One shard needs no announcement.
 *
 * @throws QueueFlowError `stream_unavailable`.
 */
export async function announceShards(
  redis: RedisConnection,
  { stream, shards }: ShardedStream,
): Promise<void> {
  if (shards === 1) return;
  const add = redis.zadd(announcedKey(stream), shards, String(shards));
  await redisCall(redis, "announce the number of shards", add);
}

/**
 * Returns the streams of announced shards that are not among `shards`.
 *
 * @throws QueueFlowError `stream_unavailable`.
 */
export async function readShardsBeyond(
  redis: RedisConnection,
  { stream, shards }: ShardedStream,
): Promise<readonly string[]> {
  const most = redis.zrange(announcedKey(stream), "-1", "-1");
  const [announced = "1"] = await redisCall(redis, "read the number of shards", most);
  const known = Math.min(Number(announced), SHARDS_MAX);
  return known > shards ? shardStreams({ stream, shards: known }).slice(shards) : [];
}

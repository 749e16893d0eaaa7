import type { Reading } from "../../event/retention.ts";
import { isRedisCluster } from "../../server-address.ts";
import { openRedisConnection, waitUntilReady } from "../redis/redis-connection.ts";
import { readShardsBeyond } from "../shards/announced-shards.ts";
import {
  closeShardConnections,
  connectStreams,
  type ShardConnection,
  type ShardServers,
} from "../shards/shard-connections.ts";
import { readRetentionClocks } from "./read-retention-clocks.ts";

const REDIS_READY_MS_MAX = 2_000;

/**
 * As `readRetentionClocks`, also of shards that other engines have announced: an entry in one may repeat an event that would be
 * deleted. Opens connections to their masters on a Redis Cluster.
 *
 * @throws QueueFlowError `stream_unavailable` when a shard cannot be read.
 */
export async function readAllRetentionClocks(
  shards: readonly [ShardConnection, ...ShardConnection[]],
  servers: ShardServers,
): Promise<readonly Reading[]> {
  const [{ redis }] = shards;
  const streams = await readShardsBeyond(redis, servers);
  const isCluster = isRedisCluster(servers.redisUrl);
  const open = (key: string) =>
    isCluster ? openRedisConnection({ url: servers.redisUrl, key, blockMs: 0 }) : redis;
  const beyond = connectStreams(streams, { ...servers, open });
  try {
    await Promise.all(
      beyond.map(async (shard) => await waitUntilReady(shard.redis, REDIS_READY_MS_MAX)),
    );
    return await readRetentionClocks([...shards, ...beyond]);
  } finally {
    if (isCluster) await closeShardConnections(beyond);
  }
}

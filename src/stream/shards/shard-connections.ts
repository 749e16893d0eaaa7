import type { Log } from "../../log/log.ts";
import { isRedisCluster } from "../../server-address.ts";
import type { GroupKey } from "../consumer-group.ts";
import {
  closeRedisConnection,
  openRedisConnection,
  type RedisConnection,
} from "../redis/redis-connection.ts";
import { type ShardedStream, shardStreams } from "./shard-streams.ts";

export interface ShardServers extends ShardedStream {
  readonly redisUrl: string;
  readonly group: string;
}

export interface ShardConnection {
  readonly key: GroupKey;
  readonly redis: RedisConnection;
}

/** Opens a connection for each shard on a Redis Cluster, and one for all elsewhere. Does not block on reads. */
export function openShardConnections(
  servers: ShardServers,
  { log }: { readonly log?: Log } = {},
): readonly ShardConnection[] {
  const open = (key: string): RedisConnection =>
    openRedisConnection({
      url: servers.redisUrl,
      key,
      blockMs: 0,
      ...(log === undefined ? {} : { log }),
    });
  return onShards(servers, open);
}

/** As `openShardConnections`, with a function that opens a connection to the server of a stream. */
export function onShards(
  { redisUrl, group, ...stream }: ShardServers,
  open: (stream: string) => RedisConnection,
): readonly ShardConnection[] {
  let shared: RedisConnection | undefined;
  return shardStreams(stream).map((key) => {
    if (isRedisCluster(redisUrl)) return { key: { stream: key, group }, redis: open(key) };
    shared ??= open(key);
    return { key: { stream: key, group }, redis: shared };
  });
}

export async function closeShardConnections(shards: readonly ShardConnection[]): Promise<void> {
  const connections = new Set(shards.map(({ redis }) => redis));
  await Promise.all(Array.from(connections, closeRedisConnection));
}

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
  servers: ShardServers,
  open: (stream: string) => RedisConnection,
): readonly ShardConnection[] {
  return connectStreams(shardStreams(servers), { ...servers, open });
}

/** As `onShards`, of these streams. */
export function connectStreams(
  streams: readonly string[],
  {
    redisUrl,
    group,
    open,
  }: Pick<ShardServers, "redisUrl" | "group"> & {
    readonly open: (stream: string) => RedisConnection;
  },
): readonly ShardConnection[] {
  let shared: RedisConnection | undefined;
  return streams.map((stream) => {
    if (isRedisCluster(redisUrl)) return { key: { stream, group }, redis: open(stream) };
    shared ??= open(stream);
    return { key: { stream, group }, redis: shared };
  });
}

export async function closeShardConnections(shards: readonly ShardConnection[]): Promise<void> {
  const connections = new Set(shards.map(({ redis }) => redis));
  await Promise.all(Array.from(connections, closeRedisConnection));
}

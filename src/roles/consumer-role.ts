import type { ConnectedConfig } from "../config/config.ts";
import { READ_BLOCK_MS, runConsumer } from "../consume/consumer.ts";
import { openRedisConnection } from "../stream/redis/redis-connection.ts";
import { shardStreams, shardsOfThread } from "../stream/shards/shard-streams.ts";
import { onShards } from "./on-shards.ts";
import type { RunningRole } from "./running-role.ts";
import { shardLog } from "./shard-log.ts";
import { type StoringRoleOptions, startStoringRole } from "./storing-role.ts";

export interface ConsumerRoleOptions
  extends Pick<StoringRoleOptions, "name" | "log" | "metrics" | "isRestarted"> {
  /** Of the consumer among those of the process, from 0. */
  readonly index: number;
}

/** Every process consumes every shard; its threads share them. */
export function startConsumerRole(
  config: ConnectedConfig,
  { index, log, ...options }: ConsumerRoleOptions,
): RunningRole {
  const streams = shardsOfThread(shardStreams(config), { index, threads: config.consumerWorkers });
  return onShards(
    streams.map((stream) => {
      const ofThread = { ...options, log, shardsOfThread: streams.length };
      return startConsumerOf(stream, { config, options: ofThread });
    }),
  );
}

/** Consumes one shard. */
export function startConsumerOf(
  stream: string,
  {
    config,
    options,
  }: {
    readonly config: ConnectedConfig;
    readonly options: Omit<ConsumerRoleOptions, "index"> &
      Pick<StoringRoleOptions, "shardsOfThread">;
  },
): RunningRole {
  const log = shardLog(options.log, { config, stream });
  const { redisUrl: url } = config;
  return startStoringRole({
    ...options,
    config,
    stream,
    log,
    redis: openRedisConnection({ url, key: stream, log, blockMs: READ_BLOCK_MS }),
    check: async () => undefined,
    logsDatabaseWarnings: false,
    run: runConsumer,
  });
}

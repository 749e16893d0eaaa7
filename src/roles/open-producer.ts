import type { ConnectedConfig } from "../config/config.ts";
import { remedyOf } from "../consume/failure.ts";
import { BATCH_EVENTS_MAX, BATCH_NDJSON_BYTES_MAX } from "../event/limits.ts";
import type { Log } from "../log/log.ts";
import { Outage } from "../log/outage.ts";
import type { IngestMetrics } from "../metrics/ingest-metrics.ts";
import type { GroupKey } from "../stream/consumer-group.ts";
import type { EvictionGuard } from "../stream/eviction-guard.ts";
import { type EventProducer, Producer, type ProducerOptions } from "../stream/producer.ts";
import type { RedisConnection } from "../stream/redis/redis-connection.ts";
import { ShardedProducer } from "../stream/shards/sharded-producer.ts";
import { shardLengthMax } from "../stream/stream-marks.ts";

/** Of four batches at their limits. Redis takes as many events of 135 bytes in 0.4 s. */
const WAITING_MAX = {
  waitingEventsMax: 4 * BATCH_EVENTS_MAX,
  waitingCharactersMax: 4 * BATCH_NDJSON_BYTES_MAX,
};

export interface AppendingShard {
  readonly key: GroupKey;
  readonly appends: RedisConnection;
  /** Of an engine that waits for replicas, which blocks a connection. */
  readonly secondAppends?: RedisConnection;
  readonly guard: EvictionGuard;
}

export interface ProducerParts {
  readonly metrics: IngestMetrics;
  readonly flushes: Outage;
  readonly log: Log;
}

export function openProducer(
  shards: readonly AppendingShard[],
  config: Pick<ConnectedConfig, "streamLengthMax" | "shards" | "redisReplicasMin">,
  { metrics, flushes, log }: ProducerParts,
): EventProducer {
  const open = (
    { key: { stream }, appends, secondAppends, guard }: AppendingShard,
    observer: ProducerOptions["flushes"],
  ) =>
    new Producer(appends, {
      stream,
      guard,
      replicasMin: config.redisReplicasMin,
      ...(secondAppends === undefined ? {} : { second: secondAppends }),
      streamLengthMax: shardLengthMax(config),
      ...WAITING_MAX,
      onFlushed: (events, sentAtMs) => metrics.flushed(events, sentAtMs),
      ...(observer === undefined ? {} : { flushes: observer }),
    });
  const [first, ...others] = shards;
  if (first !== undefined && others.length === 0) return open(first, flushes);
  const producing = shards.map((shard) => ({
    open: (observer: ProducerOptions["flushes"]) => open(shard, observer),
    outage: new Outage(log, {
      began: "Appends to a shard failed; its events go to others",
      ended: "A shard takes events again",
      of: { stream: shard.key.stream },
      remedyOf,
    }),
  }));
  return new ShardedProducer(producing, { ...WAITING_MAX, flushes });
}

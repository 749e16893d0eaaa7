import type { EngineConfig } from "../../config/config.ts";
import { EvictionGuard } from "../../stream/eviction-guard.ts";
import { type EventProducer, Producer, type ProducerOptions } from "../../stream/producer.ts";
import type { ShardConnection } from "../../stream/shards/shard-connections.ts";
import { ShardedProducer } from "../../stream/shards/sharded-producer.ts";
import { shardLengthMax } from "../../stream/stream-marks.ts";
import { SEND_EVENTS_MAX } from "./outcome-sender.ts";

export interface OpenedProducer extends AsyncDisposable {
  readonly producer: EventProducer;
}

const UNOBSERVED = { failed: () => undefined, recovered: () => undefined };

/** Opens a producer that leaves half of the stream free for events that arrive over HTTP. */
export async function openProducer(
  shards: readonly ShardConnection[],
  config: Pick<EngineConfig, "streamLengthMax" | "shards" | "redisReplicasMin">,
): Promise<OpenedProducer> {
  const guards = new Map(shards.map(({ redis }) => [redis, new EvictionGuard(redis)]));
  await Promise.all(Array.from(guards.values(), async (guard) => await guard.check()));
  const limits = { waitingEventsMax: SEND_EVENTS_MAX };
  const open = ({ redis, key: { stream } }: ShardConnection, own: Partial<ProducerOptions>) => {
    const guard = guards.get(redis);
    return new Producer(redis, {
      stream,
      ...(guard === undefined ? {} : { guard }),
      streamLengthMax: Math.ceil(shardLengthMax(config) / 2),
      ...limits,
      replicasMin: config.redisReplicasMin,
      ...own,
    });
  };
  const [first, ...others] = shards;
  const producer =
    first !== undefined && others.length === 0
      ? open(first, {})
      : new ShardedProducer(
          shards.map((shard) => ({
            open: (flushes) => open(shard, { flushes }),
            outage: UNOBSERVED,
          })),
          limits,
        );
  return {
    producer,
    async [Symbol.asyncDispose]() {
      for (const guard of guards.values()) guard.stop();
    },
  };
}

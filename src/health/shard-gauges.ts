import type { LabelledGauge } from "../metrics/gauges.ts";
import type { ShardState } from "./shard-watches.ts";

/** None of a stream that is not divided. */
export function shardGauges(shards: readonly ShardState[]): readonly LabelledGauge[] {
  if (shards.length === 1) return [];
  const gauge = (
    { name, help }: Pick<LabelledGauge, "name" | "help">,
    read: (shard: ShardState) => number | undefined,
  ): LabelledGauge => ({
    name,
    help,
    label: "shard",
    values: shards.map((shard) => [shard.stream, read(shard)]),
  });
  return [
    gauge(
      { name: "queueflow_shard_up", help: "Whether the Redis of a shard responds." },
      ({ backlog }) => Number(backlog !== undefined),
    ),
    gauge(
      { name: "queueflow_shard_backlog_entries", help: "Entries of a shard not yet stored." },
      ({ backlog }) => backlog?.entries,
    ),
    gauge(
      {
        name: "queueflow_shard_oldest_age_seconds",
        help: "Age of a shard's oldest entry that is not yet stored; 0 when there is none.",
      },
      ({ backlog }) => backlog && backlog.lagMs / 1_000,
    ),
    gauge(
      {
        name: "queueflow_shard_still_seconds",
        help: "For how long entries of a shard have waited with none finished.",
      },
      ({ backlog, stillForMs }) => backlog && stillForMs / 1_000,
    ),
  ];
}

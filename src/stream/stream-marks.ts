/** Keeps a full stream from accepting and refusing at every trim. */
const LOW_WATER_PART = 0.9;
/** Imports use half of the stream: with more retained, they could wait for ever. */
const RETAINED_PART_MAX = 0.25;
/** A larger backlog of another group is reported: it blocks trimming. */
export const HELD_PART = 0.5;

export function lowWaterMark(streamLengthMax: number): number {
  return Math.ceil(streamLengthMax * LOW_WATER_PART);
}

export interface StreamLimits {
  readonly streamLengthMax: number;
  /** Share the limits. */
  readonly shards: number;
}

/** Returns the length of one shard at which it is full. */
export function shardLengthMax({ streamLengthMax, shards }: StreamLimits): number {
  return Math.ceil(streamLengthMax / shards);
}

/** Returns how many processed entries one shard keeps. */
export function retainedEntriesMax({
  streamRetainEntries,
  ...limits
}: StreamLimits & { readonly streamRetainEntries: number }): number {
  const partMax = Math.floor(shardLengthMax(limits) * RETAINED_PART_MAX);
  return Math.min(Math.ceil(streamRetainEntries / limits.shards), partMax);
}

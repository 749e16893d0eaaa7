/** Keeps a full stream from accepting and refusing at every trim. */
const LOW_WATER_PART = 0.9;
/** Imports use half of the stream: with more retained, they could wait for ever. */
const RETAINED_PART_MAX = 0.25;
/** A larger backlog of another group is reported: it blocks trimming. */
export const HELD_PART = 0.5;

export function lowWaterMark(streamLengthMax: number): number {
  return Math.ceil(streamLengthMax * LOW_WATER_PART);
}

export function retainedEntriesMax({
  streamLengthMax,
  streamRetainEntries,
}: {
  streamLengthMax: number;
  streamRetainEntries: number;
}): number {
  return Math.min(streamRetainEntries, Math.floor(streamLengthMax * RETAINED_PART_MAX));
}

/** Keeps a full stream from alternating between accepting and refusing at every trim. */
const LOW_WATER_PART = 0.9;
/** With more retained entries, a full stream could stay full for imports, which use half of it. */
const RETAINED_PART_MAX = 0.25;
/** Another group's backlog of this part of the maximum length is reported, because it blocks trimming. */
export const HELD_PART = 0.5;

/** A full stream accepts again below this length, in entries. */
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

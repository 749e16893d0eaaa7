/** Low-water mark as a part of the high-water mark: a full stream must not alternate between accepting and refusing at every trim. */
const LOW_WATER_PART = 0.9;
/** Retained entries take at most this part of the room, or a full stream would stay full, for imports (half of the room) too. */
const RETAINED_PART_MAX = 0.25;
/** Another group that has yet to process this part of the stream's room is reported: trimming waits for it. */
export const HELD_PART = 0.5;

/** The length, in entries, below which a full stream accepts again; at least 1. */
export function lowWaterMark(streamLengthMax: number): number {
  return Math.ceil(streamLengthMax * LOW_WATER_PART);
}

/** How many processed entries stay in the stream: as configured, within `RETAINED_PART_MAX`. */
export function retainedEntriesMax({
  streamLengthMax,
  streamRetainEntries,
}: {
  streamLengthMax: number;
  streamRetainEntries: number;
}): number {
  return Math.min(streamRetainEntries, Math.floor(streamLengthMax * RETAINED_PART_MAX));
}

/**
 * Where appends begin again, as a part of the high-water mark: far enough below it that a full stream
 * does not accept and refuse by turns with every trim, and near enough to lose little of its room.
 */
const LOW_WATER_PART = 0.9;
/**
 * Retained entries never take more of the room than this: with more, a full stream would stay full, for an
 * import too, which leaves half of the room to others.
 */
const RETAINED_PART_MAX = 0.25;
/** Another group that has yet to process this part of the stream's room is reported: trimming waits for it. */
export const HELD_PART = 0.5;

/** The length, in entries, that a full stream must fall below before anything is appended again; at least 1. */
export function lowWaterMark(streamLengthMax: number): number {
  return Math.ceil(streamLengthMax * LOW_WATER_PART);
}

/** How many processed entries stay in the stream: as many as configured, and never so many as keep it full. */
export function retainedEntriesMax({
  streamLengthMax,
  streamRetainEntries,
}: {
  streamLengthMax: number;
  streamRetainEntries: number;
}): number {
  return Math.min(streamRetainEntries, Math.floor(streamLengthMax * RETAINED_PART_MAX));
}

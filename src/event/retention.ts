import { DAY_MS } from "./day.ts";

/** An instant that bounds what may be pruned: a clock, or the receipt of an event. */
export interface Reading {
  /** Its source, such as "the clock of Redis". */
  readonly of: string;
  /** Milliseconds since 1970. */
  readonly ms: number;
}

/** A prune deletes events of UTC days before `before`, an ISO string, that were also received before it. */
export interface Horizon {
  readonly before: string;
  /** The earliest reading, from which the retention is counted back. */
  readonly countedFrom: Reading;
}

/**
 * Counts `retentionDays` back from the earliest reading, to the start of that UTC day. The row of an event identifies its
 * repeats, so the oldest entry of the stream has to be a reading: then no entry in the stream repeats a pruned event within
 * `retentionDays` of its receipt. A clock that is ahead prunes nothing early while one reading is right.
 */
export function retentionHorizon(retentionDays: number, readings: readonly Reading[]): Horizon {
  const countedFrom = readings.reduce((earliest, reading) =>
    reading.ms < earliest.ms ? reading : earliest,
  );
  const day = Math.floor(countedFrom.ms / DAY_MS - retentionDays);
  return { before: new Date(day * DAY_MS).toISOString(), countedFrom };
}

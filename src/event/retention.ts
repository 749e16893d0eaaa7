import { DAY_MS } from "./day.ts";

/** An instant that bounds what may be pruned: a clock, or the receipt of an event. */
export interface Reading {
  /** What was read, as in "the clock of Redis". */
  readonly of: string;
  /** Milliseconds since 1970. */
  readonly ms: number;
}

/** What a prune deletes: events of UTC days before `before`, an ISO string, that were received before it. */
export interface Horizon {
  readonly before: string;
  /** The earliest of the readings: the retention is counted back from it. */
  readonly countedFrom: Reading;
}

/**
 * Counts `retentionDays` back from the earliest of the readings, and then to the beginning of that UTC day. The row of an
 * event identifies its repeats. While the oldest entry of the stream is a reading, no entry that the stream holds, or will
 * ever hold, repeats a pruned event within `retentionDays` of its receipt. A clock that is ahead prunes nothing early,
 * as long as one of the readings is right.
 */
export function retentionHorizon(retentionDays: number, readings: readonly Reading[]): Horizon {
  const countedFrom = readings.reduce((earliest, reading) =>
    reading.ms < earliest.ms ? reading : earliest,
  );
  const day = Math.floor(countedFrom.ms / DAY_MS - retentionDays);
  return { before: new Date(day * DAY_MS).toISOString(), countedFrom };
}

import { DAY_MS } from "./day.ts";

/** A clock, or the receipt of an event. */
export interface Reading {
  /** As in "the clock of Redis". */
  readonly of: string;
  /** Milliseconds since 1970. */
  readonly ms: number;
}

/** A prune deletes events that happened and were received before `before`, an ISO string. */
export interface Horizon {
  readonly before: string;
  /** The earliest reading, from which the retention is counted back. */
  readonly countedFrom: Reading;
}

/**
 * Counts `retentionDays` back from the earliest reading, to the start of that UTC day, so that a clock that is ahead prunes nothing
 * early. With the oldest entry of the stream as a reading, no entry repeats a pruned event within `retentionDays` of its receipt.
 */
export function retentionHorizon(retentionDays: number, readings: readonly Reading[]): Horizon {
  const countedFrom = readings.reduce((earliest, reading) =>
    reading.ms < earliest.ms ? reading : earliest,
  );
  const day = Math.floor(countedFrom.ms / DAY_MS - retentionDays);
  return { before: new Date(day * DAY_MS).toISOString(), countedFrom };
}

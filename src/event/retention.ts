import { DAY_MS } from "./day.ts";

export interface Reading {
  /** Such as "the clock of Redis". */
  readonly of: string;
  /** Milliseconds since 1970. */
  readonly ms: number;
}

export interface Horizon {
  /** ISO string: events that happened and were received earlier are pruned. */
  readonly before: string;
  readonly countedFrom: Reading;
}

/**
 * Counts `retentionDays` back from the earliest reading, to the start of that UTC day, so that a clock that is ahead prunes nothing
 * early. With the oldest entry among the readings, no entry repeats a pruned event.
 */
export function retentionHorizon(retentionDays: number, readings: readonly Reading[]): Horizon {
  const countedFrom = readings.reduce((earliest, reading) =>
    reading.ms < earliest.ms ? reading : earliest,
  );
  const day = Math.floor(countedFrom.ms / DAY_MS - retentionDays);
  return { before: new Date(day * DAY_MS).toISOString(), countedFrom };
}

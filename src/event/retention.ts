const DAY_MS = 24 * 60 * 60 * 1_000;

/** Which events are old, as ISO strings: those of days before `happenedBefore` that were received before `receivedBefore`. */
export interface Horizon {
  readonly happenedBefore: string;
  readonly receivedBefore: string;
}

/** What decides which events are old. */
export interface RetentionOptions {
  readonly retentionDays: number;
  readonly nowMs: number;
  /** When the oldest entry of the stream was received; undefined when the stream is empty. */
  readonly oldestEntryMs: number | undefined;
}

/**
 * Which events may go: those of UTC days that ended `retentionDays` ago or earlier, received no later. By both, since a row is
 * what tells that an event has come before: whoever sends one again has so many days for it, however old it is. Nor may the
 * row of an entry go that is in the stream: it may be delivered again, and would count twice.
 */
export function retentionHorizon(options: RetentionOptions): Horizon {
  const { retentionDays, nowMs, oldestEntryMs = Number.POSITIVE_INFINITY } = options;
  const horizonMs = Math.floor(nowMs / DAY_MS - retentionDays) * DAY_MS;
  return {
    happenedBefore: new Date(horizonMs).toISOString(),
    receivedBefore: new Date(Math.min(horizonMs, oldestEntryMs)).toISOString(),
  };
}

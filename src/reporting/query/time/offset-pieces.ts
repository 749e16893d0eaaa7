import type { Interval } from "../report-query.ts";

export interface OffsetPiece extends Interval {
  /** Local time minus UTC. */
  readonly offsetMs: number;
}

/** Returns the parts of an interval in which the clocks of a zone do not change. */
export function offsetPieces(timeZone: string, { fromMs, toMs }: Interval): OffsetPiece[] {
  const pieces: OffsetPiece[] = [];
  let at: Temporal.ZonedDateTime | null = zonedAt(fromMs, timeZone);
  while (at !== null && at.epochMilliseconds < toMs) {
    const next: Temporal.ZonedDateTime | null = at.getTimeZoneTransition("next");
    pieces.push({
      fromMs: at.epochMilliseconds,
      toMs: Math.min(next?.epochMilliseconds ?? toMs, toMs),
      offsetMs: at.offsetNanoseconds / 1_000_000,
    });
    at = next;
  }
  return pieces;
}

export function zonedAt(ms: number, timeZone: string): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(Math.floor(ms)).toZonedDateTimeISO(timeZone);
}

import { DAY_MS, utcDate } from "./day.ts";

/** A part of a local date without a change of the clocks. Times are in milliseconds since 1970. */
export interface LocalDay {
  /** YYYY-MM-DD */
  readonly date: string;
  readonly startMs: number;
  /** Exclusive. */
  readonly endMs: number;
  /** When the whole date has ended, which may have several parts. */
  readonly dateEndMs: number;
}

/**
 * Returns the part of a local date in which a moment lies. Near midnight, a date may have two: where clocks go back from 00:01 to 23:01,
 * a minute of the next date comes first.
 *
 * @throws RangeError for an unknown time zone.
 */
export function localDayAt(timeZone: string, atMs: number): LocalDay {
  const at = Temporal.Instant.fromEpochMilliseconds(Math.floor(atMs)).toZonedDateTimeISO(timeZone);
  const offsetMs = at.offsetNanoseconds / 1_000_000;
  const midnightMs = Math.floor((atMs + offsetMs) / DAY_MS) * DAY_MS;
  const changedMs =
    transitionMs(at.add({ nanoseconds: 1 }), "previous") ?? Number.NEGATIVE_INFINITY;
  const changesMs = transitionMs(at, "next") ?? Number.POSITIVE_INFINITY;
  const nextMidnight = at.toPlainDate().add({ days: 1 }).toPlainDateTime();
  return {
    date: utcDate(midnightMs),
    startMs: Math.max(midnightMs - offsetMs, changedMs),
    endMs: Math.min(midnightMs + DAY_MS - offsetMs, changesMs),
    dateEndMs: nextMidnight.toZonedDateTime(timeZone, { disambiguation: "later" })
      .epochMilliseconds,
  };
}

function transitionMs(
  at: Temporal.ZonedDateTime,
  direction: "next" | "previous",
): number | undefined {
  return at.getTimeZoneTransition(direction)?.epochMilliseconds;
}

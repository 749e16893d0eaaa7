import { DAY_MS, HOUR_MS, utcDate } from "../../../event/day.ts";
import type { TimeUnit } from "../report-query.ts";

const MINUTE_MS = 60_000;
const WEEK_MS = 7 * DAY_MS;
/** 1970 began on a Thursday. */
const FIRST_MONDAY_MS = 4 * DAY_MS;

/** Local times are given as the milliseconds at which UTC shows them. */
export interface TimeSteps {
  /** The shortest that one is. */
  readonly lengthMs: number;
  /** Begins at the local time that its label shows. */
  readonly startOf: (localMs: number) => number;
  /** The start after this one. */
  readonly nextStart: (startMs: number) => number;
}

export const TIME_STEPS: Readonly<Record<TimeUnit, TimeSteps>> = {
  minute: evenSteps(MINUTE_MS),
  hour: evenSteps(HOUR_MS),
  day: evenSteps(DAY_MS),
  week: evenSteps(WEEK_MS, FIRST_MONDAY_MS),
  month: {
    lengthMs: 28 * DAY_MS,
    startOf: (ms) => monthOf(ms, 0),
    nextStart: (ms) => monthOf(ms, 1),
  },
};

/** Whether a unit is made of dates, and a date is one row though the clocks change within it. */
export function isOfDates(unit: TimeUnit): boolean {
  return unit === "day" || unit === "week" || unit === "month";
}

/** Labels the starts that one offset applies to: YYYY-MM-DD, or ISO 8601 with the offset for hours and minutes. */
export function labeller(unit: TimeUnit, offsetMs: number): (startMs: number) => string {
  if (isOfDates(unit)) return utcDate;
  const offset = offsetText(offsetMs);
  let day = Number.NaN;
  let date = "";
  return (startMs) => {
    const ofDay = Math.floor(startMs / DAY_MS);
    // A month of minutes has few dates.
    if (ofDay !== day) [day, date] = [ofDay, utcDate(startMs)];
    return `${date}T${clockText(startMs - ofDay * DAY_MS)}:00${offset}`;
  };
}

function evenSteps(lengthMs: number, originMs = 0): TimeSteps {
  return {
    lengthMs,
    startOf: (ms) => Math.floor((ms - originMs) / lengthMs) * lengthMs + originMs,
    nextStart: (ms) => ms + lengthMs,
  };
}

function monthOf(ms: number, later: number): number {
  const date = new Date(ms);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + later, 1);
}

function offsetText(offsetMs: number): string {
  return `${offsetMs < 0 ? "-" : "+"}${clockText(Math.abs(offsetMs))}`;
}

/** Returns HH:MM. */
function clockText(ms: number): string {
  const minutes = Math.floor(ms / MINUTE_MS);
  return `${digits(Math.floor(minutes / 60))}:${digits(minutes % 60)}`;
}

function digits(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}

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

/** Returns YYYY-MM-DD, or ISO 8601 with the offset for hours and minutes. */
export function timeLabel(unit: TimeUnit, startMs: number, offsetMs: number): string {
  return isOfDates(unit) ? utcDate(startMs) : `${localTime(startMs)}${offsetText(offsetMs)}`;
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

function localTime(ms: number): string {
  return new Date(ms).toISOString().slice(0, "YYYY-MM-DDTHH:MM:SS".length);
}

function offsetText(offsetMs: number): string {
  const minutes = Math.floor(Math.abs(offsetMs) / MINUTE_MS);
  return `${offsetMs < 0 ? "-" : "+"}${digits(Math.floor(minutes / 60))}:${digits(minutes % 60)}`;
}

function digits(value: number): string {
  return String(value).padStart(2, "0");
}

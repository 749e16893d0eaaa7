import type { TimeUnit } from "../../reporting/query/report-query.ts";
import { firstOfMonth, type LocalDate } from "../report/dates.ts";
import { type Dates, wholeMonths } from "../report/period.ts";
import { LOCALE } from "../words/words.ts";

const format = (options: Intl.DateTimeFormatOptions) =>
  new Intl.DateTimeFormat(LOCALE, { timeZone: "UTC", ...options });
const day = format({ day: "numeric", month: "short", year: "numeric" });
const weekday = format({ weekday: "short", day: "numeric", month: "short", year: "numeric" });
const dayMonth = format({ day: "numeric", month: "short" });
const month = format({ month: "long", year: "numeric" });
const shortMonth = format({ month: "short", year: "numeric" });
const year = format({ year: "numeric" });
const time = format({ hour: "numeric", minute: "2-digit" });
const dayTime = format({
  weekday: "short",
  day: "numeric",
  month: "short",
  hour: "numeric",
  minute: "2-digit",
});
/** In the viewer's own time zone. */
const clock = new Intl.DateTimeFormat(LOCALE, { timeStyle: "short" });
const weekdayName = format({ weekday: "narrow" });

/** Local times are formatted as if they were UTC, so that they stay as they are. */
function localMs(label: string): number {
  return Date.parse(label.length === 10 ? label : `${label.slice(0, 19)}Z`);
}

/** Of a tick on the axis of a chart that spans `labels`. */
export function axisLabel(unit: TimeUnit, label: string): string {
  switch (unit) {
    case "minute":
    case "hour":
      return time.format(localMs(label));
    case "day":
    case "week":
      return dayMonth.format(localMs(label));
    case "month":
      return shortMonth.format(localMs(label));
  }
}

export function bucketLabel(
  unit: TimeUnit,
  label: string,
  weekOf: (text: string) => string,
): string {
  switch (unit) {
    case "minute":
    case "hour":
      return dayTime.format(localMs(label));
    case "day":
      return weekday.format(localMs(label));
    case "week":
      return weekOf(day.format(localMs(label)));
    case "month":
      return month.format(localMs(label));
  }
}

export function datesText({ from, to }: Dates): string {
  if (from === to) return weekday.format(localMs(from));
  const months = wholeMonths({ from, to });
  if (months === 12 && from.endsWith("-01-01")) return year.format(localMs(from));
  if (months === 1) return month.format(localMs(from));
  return day.formatRange(localMs(from), localMs(to));
}

export function monthText(date: LocalDate): string {
  return month.format(localMs(firstOfMonth(date)));
}

export function dateText(date: LocalDate): string {
  return day.format(localMs(date));
}

export function longDateText(date: LocalDate): string {
  return weekday.format(localMs(date));
}

export function clockText(instant: string): string {
  return clock.format(Date.parse(instant));
}

/** Beginning with Monday. */
export const WEEKDAYS: readonly string[] = [5, 6, 7, 8, 9, 10, 11].map((date) =>
  weekdayName.format(Date.UTC(2026, 0, date)),
);

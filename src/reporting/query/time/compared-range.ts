import { DAY_MS } from "../../../event/day.ts";
import type { Comparison, DatesRange } from "../report-query.ts";
import {
  type Clock,
  datesRange,
  instantsRange,
  type LocalRange,
  localDate,
} from "./local-range.ts";
import { zonedAt } from "./offset-pieces.ts";
import { addDays } from "./range-of-dates.ts";

type Dates = Omit<DatesRange, "kind">;

const DAYS_OF_WEEK = 7;

/** Returns what a range is compared with. One that contains now is compared up to the same local time. */
export function comparedRange(
  range: LocalRange,
  compare: Comparison,
  { timeZone, nowMs }: Pick<Clock, "timeZone" | "nowMs">,
): LocalRange {
  const isRunning = range.fromMs <= nowMs && nowMs < range.toMs;
  if (range.kind === "instants" && compare.kind !== "dates") {
    const instants = { fromMs: range.fromMs, toMs: isRunning ? nowMs : range.toMs };
    return movedInstants(instants, compare.kind, timeZone);
  }
  const to = isRunning ? dateWithin(range, localDate(nowMs, timeZone)) : range.lastDate;
  const dates = movedDates({ from: range.firstDate, to }, compare);
  if (compare.kind === "dates" && (!isRunning || compare.to < dates.to)) {
    return datesRange(compare, timeZone);
  }
  const whole = datesRange(dates, timeZone);
  return isRunning ? upTo(whole, localTimeOn(dates.to, nowMs, timeZone)) : whole;
}

function movedInstants(
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
  compare: Exclude<Comparison, DatesRange>["kind"],
  timeZone: string,
): LocalRange {
  const days = Math.ceil((toMs - fromMs) / DAY_MS);
  const back = compare === "year_over_year" ? { years: 1 } : { days: daysBack(compare, days) };
  const moved = (ms: number) => zonedAt(ms, timeZone).subtract(back).epochMilliseconds;
  return instantsRange({ fromMs: moved(fromMs), toMs: moved(toMs) }, timeZone);
}

function movedDates({ from, to }: Dates, compare: Comparison): Dates {
  const days = daysFrom(from, to);
  switch (compare.kind) {
    case "previous_period":
    case "same_weekdays": {
      const back = daysBack(compare.kind, days + 1);
      return { from: addDays(from, -back), to: addDays(to, -back) };
    }
    case "year_over_year":
      return { from: yearBefore(from), to: yearBefore(to) };
    case "dates":
      return { from: compare.from, to: addDays(compare.from, days) };
  }
}

/** Returns by how many days to move a range of `days` days so that it ends before it began, on the same weekday if asked for. */
function daysBack(compare: "previous_period" | "same_weekdays", days: number): number {
  return compare === "same_weekdays" ? Math.ceil(days / DAYS_OF_WEEK) * DAYS_OF_WEEK : days;
}

function daysFrom(from: string, to: string): number {
  return (Date.parse(to) - Date.parse(from)) / DAY_MS;
}

function yearBefore(date: string): string {
  return Temporal.PlainDate.from(date).subtract({ years: 1 }).toString();
}

/** Where clocks went back past midnight, now may show a date before the range. */
function dateWithin({ firstDate, lastDate }: LocalRange, date: string): string {
  if (date < firstDate) return firstDate;
  return date > lastDate ? lastDate : date;
}

function localTimeOn(date: string, nowMs: number, timeZone: string): number {
  const plainTime = zonedAt(nowMs, timeZone).toPlainTime();
  return Temporal.PlainDate.from(date).toZonedDateTime({ timeZone, plainTime }).epochMilliseconds;
}

function upTo(range: LocalRange, toMs: number): LocalRange {
  const endMs = Math.min(Math.max(toMs, range.fromMs), range.toMs);
  const gaps = range.gaps
    .filter(({ fromMs }) => fromMs < endMs)
    .map((gap) => ({ ...gap, toMs: Math.min(gap.toMs, endMs) }));
  return { ...range, gaps, toMs: endMs };
}

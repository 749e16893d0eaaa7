import { DAY_MS, utcDate } from "../../../event/day.ts";
import type { DateRange, DatesRange, Preset, TimeRange } from "../report-query.ts";
import { offsetPieces, zonedAt } from "./offset-pieces.ts";
import { addDays, rangeOfDates } from "./range-of-dates.ts";

export interface Clock {
  readonly timeZone: string;
  readonly nowMs: number;
  /** The site's first and last event, for `all`. */
  readonly firstMs?: number | undefined;
  readonly lastMs?: number | undefined;
}

/** A range, and the first and last of its local dates. */
export interface LocalRange extends TimeRange {
  readonly kind: "dates" | "instants";
  readonly firstDate: string;
  readonly lastDate: string;
}

const DAYS = { "7d": 7, "28d": 28, "30d": 30, "91d": 91 } as const;
const MONTHS = { "6mo": 6, "12mo": 12 } as const;

export function localRange(range: DateRange, clock: Clock): LocalRange {
  if (range.kind === "dates") return datesRange(range, clock.timeZone);
  if (range.kind === "instants") return instantsRange(range, clock.timeZone);
  if (range.preset === "24h") {
    return instantsRange({ fromMs: clock.nowMs - DAY_MS, toMs: clock.nowMs }, clock.timeZone);
  }
  return datesRange(presetDates(range.preset, clock), clock.timeZone);
}

export function datesRange(dates: Omit<DatesRange, "kind">, timeZone: string): LocalRange {
  const range = rangeOfDates(timeZone, dates);
  return { kind: "dates", firstDate: dates.from, lastDate: dates.to, ...range };
}

export function instantsRange(
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
  timeZone: string,
): LocalRange {
  // Where clocks go back past midnight, the last instant is not of the last date.
  const dates = offsetPieces(timeZone, { fromMs, toMs })
    .flatMap((piece) => [piece.fromMs, piece.toMs - 1].map((ms) => utcDate(ms + piece.offsetMs)))
    .toSorted();
  const [firstDate = localDate(fromMs, timeZone)] = dates;
  const lastDate = dates.at(-1) ?? firstDate;
  return { kind: "instants", fromMs, toMs, gaps: [], firstDate, lastDate };
}

export function localDate(ms: number, timeZone: string): string {
  return zonedAt(ms, timeZone).toPlainDate().toString();
}

function presetDates(
  preset: Exclude<Preset, "24h">,
  { timeZone, nowMs, firstMs = nowMs, lastMs = nowMs }: Clock,
): Omit<DatesRange, "kind"> {
  const today = localDate(nowMs, timeZone);
  const day = Temporal.PlainDate.from(today);
  switch (preset) {
    case "day":
      return { from: today, to: today };
    case "7d":
    case "28d":
    case "30d":
    case "91d":
      return { from: addDays(today, -DAYS[preset]), to: addDays(today, -1) };
    case "month":
      return wholeMonths(day, 1);
    case "6mo":
    case "12mo":
      return wholeMonths(day.subtract({ months: MONTHS[preset] }), MONTHS[preset]);
    case "year":
      return wholeMonths(day.with({ month: 1 }), 12);
    case "all":
      return {
        from: localDate(Math.min(firstMs, nowMs), timeZone),
        to: localDate(Math.max(lastMs, nowMs), timeZone),
      };
  }
}

function wholeMonths(within: Temporal.PlainDate, months: number): Omit<DatesRange, "kind"> {
  const first = within.with({ day: 1 });
  const last = first.add({ months }).subtract({ days: 1 });
  return { from: first.toString(), to: last.toString() };
}

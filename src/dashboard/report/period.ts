import { PRESETS, type Preset, type TimeUnit } from "../../reporting/query/report-query.ts";
import {
  addDays,
  addMonths,
  daysBetween,
  firstOfMonth,
  type LocalDate,
  lastOfMonth,
} from "./dates.ts";

export type Period =
  | { readonly kind: "preset"; readonly preset: Preset }
  /** Both included. */
  | { readonly kind: "dates"; readonly from: LocalDate; readonly to: LocalDate };

export interface Dates {
  readonly from: LocalDate;
  readonly to: LocalDate;
}

/** Of a site whose first event was today or yesterday, there is nothing before today to look at. */
export function defaultPeriod(firstDate: LocalDate | undefined, today: LocalDate): Period {
  const isNew = firstDate === undefined || firstDate >= addDays(today, -1);
  return presetPeriod(isNew ? "day" : "28d");
}

export function presetPeriod(preset: Preset): Period {
  return { kind: "preset", preset };
}

/** The inverse of `parsePeriod`. */
export function periodText(period: Period): string {
  return period.kind === "preset" ? period.preset : `${period.from}..${period.to}`;
}

export function parsePeriod(text: string | null): Period | undefined {
  const preset = PRESETS.find((each) => each === text);
  if (preset !== undefined) return presetPeriod(preset);
  const [, from = "", to = ""] = /^(\d{4}-\d\d-\d\d)\.\.(\d{4}-\d\d-\d\d)$/.exec(text ?? "") ?? [];
  if (Number.isNaN(Date.parse(from)) || Number.isNaN(Date.parse(to)) || from > to) {
    return undefined;
  }
  return { kind: "dates", from, to };
}

/** Returns the dates of a period as the engine understands it, undefined for one that begins with the first event. */
export function datesOf(period: Period, today: LocalDate): Dates | undefined {
  if (period.kind === "dates") return period;
  const yesterday = addDays(today, -1);
  const monthBefore = lastOfMonth(addMonths(firstOfMonth(today), -1));
  switch (period.preset) {
    case "day":
      return { from: today, to: today };
    case "24h":
      return { from: yesterday, to: today };
    case "7d":
      return { from: addDays(today, -7), to: yesterday };
    case "28d":
      return { from: addDays(today, -28), to: yesterday };
    case "30d":
      return { from: addDays(today, -30), to: yesterday };
    case "91d":
      return { from: addDays(today, -91), to: yesterday };
    case "month":
      return { from: firstOfMonth(today), to: lastOfMonth(today) };
    case "6mo":
      return { from: addMonths(firstOfMonth(today), -6), to: monthBefore };
    case "12mo":
      return { from: addMonths(firstOfMonth(today), -12), to: monthBefore };
    case "year":
      return { from: `${today.slice(0, 4)}-01-01`, to: `${today.slice(0, 4)}-12-31` };
    case "all":
      return undefined;
  }
}

/** Returns the period of the same length before or after, undefined where there is none: all time, and the future. */
export function shiftedPeriod(period: Period, by: 1 | -1, today: LocalDate): Period | undefined {
  const dates = datesOf(period, today);
  if (dates === undefined) return undefined;
  const { from, to } = shifted(dates, by);
  if (from > today) return undefined;
  const current = (["day", "month", "year"] as const).map(presetPeriod).find((running) => {
    const known = datesOf(running, today);
    return known?.from === from && known.to === to;
  });
  return current ?? { kind: "dates", from, to };
}

/** Whether the period has not ended, so that its numbers still grow. */
export function isRunning(period: Period, today: LocalDate): boolean {
  const dates = datesOf(period, today);
  return dates === undefined || dates.to >= today;
}

function shifted({ from, to }: Dates, by: 1 | -1): Dates {
  const months = wholeMonths({ from, to });
  if (months > 0) {
    const start = addMonths(from, by * months);
    return { from: start, to: lastOfMonth(addMonths(start, months - 1)) };
  }
  const days = by * daysBetween(from, to);
  return { from: addDays(from, days), to: addDays(to, days) };
}

/** Returns how many whole months the dates are, 0 if they are not. */
export function wholeMonths({ from, to }: Dates): number {
  if (from !== firstOfMonth(from) || to !== lastOfMonth(to)) return 0;
  const [fromYear = 0, fromMonth = 0] = from.split("-").map(Number);
  const [toYear = 0, toMonth = 0] = to.split("-").map(Number);
  return (toYear - fromYear) * 12 + toMonth - fromMonth + 1;
}

/** Returns the units in which a chart of so many days is readable, the default first. */
export function unitsFor(period: Period, days: number): readonly TimeUnit[] {
  if (period.kind === "preset" && period.preset === "24h") return ["hour", "minute"];
  if (days <= 1) return ["hour", "minute"];
  if (days <= 7) return ["day", "hour"];
  if (days <= 31) return ["day", "hour", "week"];
  if (days <= 100) return ["day", "week", "month"];
  if (days <= 200) return ["week", "day", "month"];
  return ["month", "week", "day"];
}

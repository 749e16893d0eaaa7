import {
  addDays,
  addMonths,
  firstOfMonth,
  type LocalDate,
  lastOfMonth,
} from "../../report/dates.ts";
import { type Period, presetPeriod } from "../../report/period.ts";

export interface PeriodChoice {
  /** Of its words. */
  readonly name: string;
  /** That chooses it. */
  readonly key?: string;
  readonly periodOn: (today: LocalDate) => Period;
}

export const PERIOD_CHOICES: readonly PeriodChoice[] = [
  { name: "day", key: "D", periodOn: () => presetPeriod("day") },
  { name: "yesterday", key: "E", periodOn: yesterday },
  { name: "24h", key: "H", periodOn: () => presetPeriod("24h") },
  { name: "7d", key: "W", periodOn: () => presetPeriod("7d") },
  { name: "28d", key: "F", periodOn: () => presetPeriod("28d") },
  { name: "91d", key: "N", periodOn: () => presetPeriod("91d") },
  { name: "month", key: "M", periodOn: () => presetPeriod("month") },
  { name: "lastMonth", key: "P", periodOn: lastMonth },
  { name: "year", key: "Y", periodOn: () => presetPeriod("year") },
  { name: "12mo", key: "L", periodOn: () => presetPeriod("12mo") },
  { name: "all", key: "A", periodOn: () => presetPeriod("all") },
];

function yesterday(today: LocalDate): Period {
  const date = addDays(today, -1);
  return { kind: "dates", from: date, to: date };
}

function lastMonth(today: LocalDate): Period {
  const from = addMonths(firstOfMonth(today), -1);
  return { kind: "dates", from, to: lastOfMonth(from) };
}

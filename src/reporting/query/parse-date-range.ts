import { parseTimestamp } from "../../event/timestamp.ts";
import type { Problems } from "./problems.ts";
import {
  COMPARISONS,
  type Comparison,
  type DateRange,
  type DatesRange,
  PRESETS,
} from "./report-query.ts";

const DATE = /^\d{4}-\d{2}-\d{2}$/;
const DATE_MIN = "1970-01-01";
const EXPECTED = `one of ${PRESETS.join(", ")}, an array of two dates YYYY-MM-DD, or one of two instants with an offset`;

export function parseDateRange(value: unknown, problems: Problems): DateRange | undefined {
  const preset = PRESETS.find((each) => each === value);
  if (preset !== undefined) return { kind: "preset", preset };
  if (!Array.isArray(value) || value.length !== 2) {
    problems.expect("date_range", EXPECTED, value);
    return undefined;
  }
  return typeof value[0] === "string" && DATE.test(value[0])
    ? parseDates(value, "date_range", problems)
    : parseInstants(value, problems);
}

export function parseComparison(value: unknown, problems: Problems): Comparison | undefined {
  if (value === undefined) return undefined;
  const kind = COMPARISONS.find((each) => each === value);
  if (kind !== undefined) return { kind };
  if (Array.isArray(value) && value.length === 2) {
    return parseDates(value, "include.compare", problems);
  }
  const expected = `${COMPARISONS.join(", ")} or an array of two dates`;
  problems.expect("include.compare", expected, value);
  return undefined;
}

function parseDates(
  [from, to]: readonly unknown[],
  path: string,
  problems: Problems,
): DatesRange | undefined {
  const expected = `a date YYYY-MM-DD from ${DATE_MIN}`;
  if (!isDate(from)) problems.expect(`${path}[0]`, expected, from);
  if (!isDate(to)) problems.expect(`${path}[1]`, expected, to);
  if (!isDate(from) || !isDate(to)) return undefined;
  if (from > to) problems.expect(`${path}[1]`, `a date from ${from}`, to);
  return { kind: "dates", from, to };
}

function parseInstants([from, to]: readonly unknown[], problems: Problems): DateRange | undefined {
  const fromMs = instantMs(from, "date_range[0]", problems);
  const toMs = instantMs(to, "date_range[1]", problems);
  if (fromMs === undefined || toMs === undefined) return undefined;
  if (fromMs >= toMs) problems.expect("date_range[1]", "an instant after the first", to);
  return { kind: "instants", fromMs, toMs };
}

function instantMs(value: unknown, path: string, problems: Problems): number | undefined {
  const instant = parseTimestamp(value, Number.POSITIVE_INFINITY);
  if (instant !== undefined) return Date.parse(instant);
  const example =
    "an existing date and time with an offset from 2000, such as 2026-01-15T09:30:00Z";
  problems.expect(path, example, value);
  return undefined;
}

function isDate(value: unknown): value is string {
  if (typeof value !== "string" || !DATE.test(value) || value < DATE_MIN) return false;
  const ms = Date.parse(value);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(value);
}

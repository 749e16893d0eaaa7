import { DAY_MS, utcDate } from "./day.ts";

/** Returns dates that ascend with consecutive ones as a range: `2026-01-01..2026-01-31` and `2026-02-02`. */
export function dateRanges(dates: readonly string[]): string[] {
  const ranges: { first: string; last: string }[] = [];
  for (const date of dates) {
    const range = ranges.at(-1);
    if (range !== undefined && date === utcDate(Date.parse(range.last) + DAY_MS)) range.last = date;
    else ranges.push({ first: date, last: date });
  }
  return ranges.map(({ first, last }) => (first === last ? first : `${first}..${last}`));
}

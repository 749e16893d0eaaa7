import { dateRanges } from "../../../event/date-ranges.ts";
import type { ExportNotes } from "../../../reporting/export/export-session.ts";

/** Some proxies refuse longer headers. */
const CHARACTERS_MAX = 4_000;

/** Names the days that are not whole, or not with all fields. */
export function noteHeaders({
  daysWithoutIds,
  incompleteDays,
}: ExportNotes): Readonly<Record<string, string>> {
  return {
    ...header("X-QueueFlow-Days-Without-Ids", daysWithoutIds),
    ...header("X-QueueFlow-Incomplete-Days", incompleteDays),
  };
}

function header(name: string, dates: readonly string[]): Readonly<Record<string, string>> {
  if (dates.length === 0) return {};
  const ranges = dateRanges(dates);
  const [first, last] = [dates[0], dates.at(-1)];
  return { [name]: ranges.length <= CHARACTERS_MAX ? ranges : `some from ${first} to ${last}` };
}

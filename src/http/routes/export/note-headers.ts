import { dateRanges } from "../../../event/date-ranges.ts";
import { HEADER_CHARACTERS_MAX } from "../../../event/limits.ts";
import type { ExportNotes } from "../../../reporting/export/export-session.ts";

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
  const ranges = dateRanges(dates).join(", ");
  const [first, last] = [dates[0], dates.at(-1)];
  const isShort = ranges.length <= HEADER_CHARACTERS_MAX;
  return { [name]: isShort ? ranges : `some from ${first} to ${last}` };
}

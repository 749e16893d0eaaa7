import { InvalidFieldsError } from "../../errors.ts";
import { isDate, utcDate } from "../../event/day.ts";
import { describeValue } from "../../event/describe-value.ts";
import { SITE_ID_BYTES_MAX, TOP_PATHS_DEFAULT, TOP_PATHS_MAX } from "../../event/limits.ts";
import { isText, textProblem } from "../../event/text-field.ts";
import type { StatsQuery } from "../../store/reports/read-stats.ts";

/** @throws InvalidFieldsError with every problem. */
export function parseStatsQuery(
  parameters: ReadonlyMap<string, string>,
  nowMs: number,
): StatsQuery {
  const siteId = parameters.get("site_id");
  const date = parameters.get("date") ?? utcDate(nowMs);
  const limit = parameters.get("limit") ?? String(TOP_PATHS_DEFAULT);
  if (isText(siteId, SITE_ID_BYTES_MAX) && isDate(date) && isLimit(limit)) {
    return { siteId, date, pathsMax: Number(limit) };
  }
  const problems: Record<string, string> = {};
  const siteProblem = textProblem("site_id", siteId, SITE_ID_BYTES_MAX);
  if (siteProblem !== undefined) problems["site_id"] = siteProblem;
  if (!isDate(date)) {
    problems["date"] =
      `Expected date to be an existing day as YYYY-MM-DD, got ${describeValue(date)}`;
  }
  if (!isLimit(limit)) {
    problems["limit"] =
      `Expected limit to be an integer from 1 to ${TOP_PATHS_MAX}, got ${describeValue(limit)}`;
  }
  throw new InvalidFieldsError(problems);
}

function isLimit(text: string): boolean {
  return /^\d{1,4}$/.test(text) && Number(text) >= 1 && Number(text) <= TOP_PATHS_MAX;
}

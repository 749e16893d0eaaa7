import { ianaZone } from "../../event/iana-zone.ts";
import { SITE_ID_BYTES_MAX } from "../../event/limits.ts";
import { textProblem } from "../../event/text-field.ts";
import { combinationProblems } from "./combination-problems.ts";
import { parseFilters } from "./filter/parse-filters.ts";
import { withKnownKeys } from "./known-keys.ts";
import { parseDimensions, parseMetrics, parseOrderBy } from "./parse-columns.ts";
import { parseComparison, parseDateRange } from "./parse-date-range.ts";
import { Problems } from "./problems.ts";
import type { Include, ReportQuery } from "./report-query.ts";

export const LIMIT_MAX = 10_000;
export const OFFSET_MAX = 1_000_000;

export const QUERY_KEYS = [
  "site_id",
  "metrics",
  "date_range",
  "dimensions",
  "filters",
  "timezone",
  "order_by",
  "include",
  "pagination",
] as const;

export type ParsedQuery =
  | { readonly kind: "query"; readonly query: ReportQuery }
  | { readonly kind: "invalid"; readonly fields: Readonly<Record<string, string>> };

/** Reads the body of a query. Names every value that is wrong. */
export function parseReportQuery(body: unknown): ParsedQuery {
  const problems = new Problems();
  const query = parseBody(body, problems);
  if (query !== undefined && problems.isEmpty) combinationProblems(query, problems);
  return query !== undefined && problems.isEmpty
    ? { kind: "query", query }
    : { kind: "invalid", fields: problems.fields };
}

function parseBody(body: unknown, problems: Problems): ReportQuery | undefined {
  const fields = withKnownKeys(body, QUERY_KEYS, { path: "", name: "a query", problems });
  if (fields === undefined) return undefined;
  const filters = { path: "filters", holder: "query", problems } as const;
  const filter = parseFilters(fields["filters"] ?? undefined, filters);
  const timeZone = parseTimeZone(fields["timezone"] ?? undefined, problems);
  const columns = parseColumns(fields, problems);
  const siteId = parseSiteId(fields["site_id"], problems);
  const dateRange = parseDateRange(fields["date_range"], problems);
  const include = parseInclude(fields["include"] ?? {}, problems);
  const page = parsePagination(fields["pagination"] ?? {}, problems);
  if (dateRange === undefined) return undefined;
  return {
    siteId,
    ...columns,
    dateRange,
    ...(timeZone !== undefined && { timeZone }),
    ...(filter !== undefined && { filter }),
    include,
    ...page,
  };
}

function parseColumns(
  fields: Readonly<Record<string, unknown>>,
  problems: Problems,
): Pick<ReportQuery, "metrics" | "dimensions" | "orderBy"> {
  const before = problems.count;
  const metrics = parseMetrics(fields["metrics"], problems);
  const dimensions = parseDimensions(fields["dimensions"] ?? [], problems);
  // What they are ordered by is one of them.
  const areValid = problems.count === before;
  const orderBy = areValid ? fields["order_by"] : [];
  return {
    metrics,
    dimensions,
    orderBy: parseOrderBy(orderBy ?? [], { metrics, dimensions, problems }),
  };
}

function parseSiteId(value: unknown, problems: Problems): string {
  const problem = textProblem("site_id", value, SITE_ID_BYTES_MAX);
  if (problem !== undefined) problems.add("site_id", problem);
  return String(value);
}

function parseTimeZone(value: unknown, problems: Problems): string | undefined {
  const zone = typeof value === "string" ? ianaZone(value) : undefined;
  if (value !== undefined && zone === undefined) {
    problems.expect("timezone", "an IANA time zone such as Europe/Berlin", value);
  }
  return zone;
}

function parseInclude(value: unknown, problems: Problems): Include {
  const keys = ["compare", "time_labels", "total_rows"];
  const fields = withKnownKeys(value, keys, { path: "include", problems }) ?? {};
  const isSet = (name: string) => {
    const flag = fields[name] ?? false;
    if (typeof flag !== "boolean") problems.expect(`include.${name}`, "true or false", flag);
    return flag === true;
  };
  const compare = parseComparison(fields["compare"] ?? undefined, problems);
  return {
    ...(compare !== undefined && { compare }),
    timeLabels: isSet("time_labels"),
    totalRows: isSet("total_rows"),
  };
}

function parsePagination(value: unknown, problems: Problems): { limit: number; offset: number } {
  const fields = withKnownKeys(value, ["limit", "offset"], { path: "pagination", problems }) ?? {};
  const whole = (name: string, { min, max, by }: { min: number; max: number; by: number }) => {
    const number = fields[name] ?? by;
    const isValid = typeof number === "number" && Number.isInteger(number);
    if (isValid && number >= min && number <= max) return number;
    problems.expect(`pagination.${name}`, `a whole number from ${min} to ${max}`, number);
    return by;
  };
  return {
    limit: whole("limit", { min: 1, max: LIMIT_MAX, by: LIMIT_MAX }),
    offset: whole("offset", { min: 0, max: OFFSET_MAX, by: 0 }),
  };
}

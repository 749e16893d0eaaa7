import { ianaZone } from "../../event/iana-zone.ts";
import { SITE_ID_BYTES_MAX } from "../../event/limits.ts";
import { textProblem } from "../../event/text-field.ts";
import { combinationProblems } from "./combination-problems.ts";
import { DIMENSION_NAMES, isTimeDimension, parseDimension } from "./dimensions.ts";
import { parseFilters } from "./filter/parse-filters.ts";
import { withKnownKeys } from "./known-keys.ts";
import { parseComparison, parseDateRange } from "./parse-date-range.ts";
import { Problems } from "./problems.ts";
import {
  type Dimension,
  type Include,
  METRICS,
  type Metric,
  type Order,
  type ReportQuery,
} from "./report-query.ts";

export const LIMIT_MAX = 10_000;
export const OFFSET_MAX = 1_000_000;
const OTHER_DIMENSIONS_MAX = 2;

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
  const filter = parseFilters(fields["filters"] ?? undefined, {
    path: "filters",
    holder: "query",
    problems,
  });
  const timeZone = parseTimeZone(fields["timezone"] ?? undefined, problems);
  const metrics = parseMetrics(fields["metrics"], problems);
  const dimensions = parseDimensions(fields["dimensions"] ?? [], problems);
  const siteId = parseSiteId(fields["site_id"], problems);
  const dateRange = parseDateRange(fields["date_range"], problems);
  const include = parseInclude(fields["include"] ?? {}, problems);
  const page = parsePagination(fields["pagination"] ?? {}, problems);
  const orderBy = parseOrderBy(fields["order_by"] ?? undefined, { metrics, dimensions, problems });
  if (dateRange === undefined) return undefined;
  return {
    siteId,
    metrics,
    dimensions,
    dateRange,
    ...(timeZone !== undefined && { timeZone }),
    ...(filter !== undefined && { filter }),
    include,
    orderBy,
    ...page,
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

function parseMetrics(value: unknown, problems: Problems): Metric[] {
  if (!Array.isArray(value) || value.length === 0) {
    problems.expect("metrics", `an array of ${METRICS.join(", ")}`, value);
    return [];
  }
  return distinct(value.slice(0, METRICS.length + 1), "metrics", problems, (each, path) => {
    const metric = METRICS.find((name) => name === each);
    if (metric === undefined) problems.expect(path, `one of ${METRICS.join(", ")}`, each);
    return metric;
  });
}

function parseDimensions(value: unknown, problems: Problems): Dimension[] {
  if (!Array.isArray(value)) {
    problems.expect("dimensions", "an array of dimensions", value);
    return [];
  }
  const most = OTHER_DIMENSIONS_MAX + 1;
  const dimensions = distinct(value.slice(0, most + 1), "dimensions", problems, (each, path) => {
    const dimension = parseDimension(each);
    if (dimension === undefined)
      problems.expect(path, `one of ${DIMENSION_NAMES.join(", ")}`, each);
    return dimension;
  });
  const times = dimensions.filter(isTimeDimension).length;
  if (times > 1 || dimensions.length - times > OTHER_DIMENSIONS_MAX) {
    const others = dimensions.length - times;
    problems.add(
      "dimensions",
      `Expected dimensions to have at most one of time and ${OTHER_DIMENSIONS_MAX} others, got ${times} and ${others}`,
    );
  }
  return dimensions;
}

/** Returns the items that `parse` reads, and names those that occur again. */
function distinct<Item extends string>(
  items: readonly unknown[],
  path: string,
  problems: Problems,
  parse: (item: unknown, path: string) => Item | undefined,
): Item[] {
  const known = new Set<Item>();
  for (const [i, each] of items.entries()) {
    const item = parse(each, `${path}[${i}]`);
    if (item === undefined) continue;
    if (known.has(item)) problems.expect(`${path}[${i}]`, "different from the others", each);
    known.add(item);
  }
  return [...known];
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

/** By default, time comes first, then what has most of the first metric. */
function parseOrderBy(
  value: unknown,
  asked: { metrics: readonly Metric[]; dimensions: readonly Dimension[]; problems: Problems },
): Order[] {
  const { metrics, dimensions, problems } = asked;
  const time = dimensions.filter(isTimeDimension);
  if (value === undefined) {
    return [
      ...time.map((by) => ({ by, direction: "asc" }) as const),
      ...metrics
        .filter(isNumber)
        .slice(0, 1)
        .map((by) => ({ by, direction: "desc" }) as const),
    ];
  }
  const columns: readonly (Metric | Dimension)[] = [...metrics.filter(isNumber), ...dimensions];
  if (!Array.isArray(value) || value.length === 0 || value.length > columns.length) {
    problems.expect(
      "order_by",
      `an array of 1 to ${columns.length} pairs of a name and asc or desc`,
      value,
    );
    return [];
  }
  const order: Order[] = [];
  for (const [i, each] of value.entries()) {
    const path = `order_by[${i}]`;
    const [name, direction] = Array.isArray(each) && each.length === 2 ? each : [];
    const by = columns.find((column) => column === name);
    if (by === undefined || (direction !== "asc" && direction !== "desc")) {
      const came = Array.isArray(each) && by === undefined ? name : direction;
      const expected = `a pair of one of ${columns.join(", ")} and asc or desc`;
      problems.expect(path, expected, Array.isArray(each) ? came : each);
    } else if (order.some((other) => other.by === by)) {
      problems.expect(path, "by another column than those before", by);
    } else order.push({ by, direction });
  }
  return order;
}

/** Amounts of several currencies have no order. */
function isNumber(metric: Metric): boolean {
  return metric !== "revenue";
}

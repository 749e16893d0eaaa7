import type { Metric, TimeUnit } from "../../reporting/query/report-query.ts";
import type { ReportBody } from "../api/report.ts";
import { CHART_METRICS, type ChartMetric, type ComparedWith } from "../app/view.ts";
import { type FilterChip, filterJson } from "./filter-chip.ts";
import type { ListSpec } from "./lists.ts";
import type { Period } from "./period.ts";

export const ROW_METRICS = ["visitors", "pageviews"] as const;

/** Of all questions on a page. */
export interface Scope {
  readonly site: string;
  readonly period: Period;
  readonly compare: ComparedWith;
  /** Absent: the site's. */
  readonly timeZone?: string | undefined;
  readonly filters: readonly FilterChip[];
}

export interface Pages {
  readonly limit: number;
  readonly offset: number;
}

/** What a list is searched for. */
export interface Searched {
  /** In values as they are stored. Empty searches for nothing. */
  readonly text: string;
  /** Stored values that are shown under a name like the text; an empty one stands for none. */
  readonly named: readonly string[];
}

const NO_SEARCH: Searched = { text: "", named: [] };

/** More than there are countries or languages. */
const NAMED_VALUES_MAX = 1_000;

export function totalsQuestion(scope: Scope): ReportBody {
  return { ...base(scope, CHART_METRICS), include: comparison(scope) };
}

/** Of a site among others, in its own time zone. */
export function siteRowQuestion(site: string, period: Period): ReportBody {
  const scope: Scope = { site, period, compare: "previous_period", filters: [] };
  return { ...base(scope, ROW_METRICS), include: comparison(scope) };
}

export function chartQuestion(scope: Scope, metric: ChartMetric, unit: TimeUnit): ReportBody {
  return {
    ...base(scope, [metric]),
    dimensions: [`time:${unit}`],
    include: { ...comparison(scope), time_labels: true },
  };
}

export function listQuestion(scope: Scope, { dimension, metrics }: ListSpec): ReportBody {
  return {
    ...base(scope, metrics),
    dimensions: [dimension],
    filters: listFilters(scope, dimension),
    pagination: { limit: 9 },
    include: { total_rows: true },
  };
}

export function detailsQuestion(
  scope: Scope,
  list: ListSpec,
  { search = NO_SEARCH, sort, pages }: { search: Searched | undefined; sort: string; pages: Pages },
): ReportBody {
  return {
    ...base(scope, list.detailMetrics),
    dimensions: [list.dimension],
    filters: [...listFilters(scope, list.dimension), ...searchFilters(list.dimension, search)],
    order_by: [
      sort.startsWith("-") ? [sort.slice(1), "desc"] : [sort, "asc"],
      [list.dimension, "asc"],
    ],
    pagination: pages,
    include: { ...comparison(scope), total_rows: true },
  };
}

/** The script sends `engagement` by itself for each page: among events that people do, it would always come first. */
function listFilters(scope: Scope, dimension: string): readonly unknown[] {
  const filters = scope.filters.map(filterJson);
  const isChosen = scope.filters.some((chip) => chip.dimension === dimension);
  if (dimension !== "event:name" || isChosen) return filters;
  return [...filters, ["is_not", dimension, ["engagement"]]];
}

/** Which properties events have. */
export function propertyNamesQuestion(scope: Scope): ReportBody {
  return {
    ...base(scope, ["events"]),
    dimensions: ["event:prop_names"],
    filters: [...scope.filters.map(filterJson), ["is_not", "event:prop_names", [null]]],
    include: { total_rows: true },
  };
}

/** Which values a dimension has. */
export function valuesQuestion(scope: Scope, dimension: string): ReportBody {
  return {
    ...base(scope, ["visitors"]),
    dimensions: [dimension],
    pagination: { limit: NAMED_VALUES_MAX },
  };
}

/** Values of a dimension for somebody who begins to write one. */
export function suggestionQuestion(
  scope: Scope,
  dimension: string,
  written = NO_SEARCH,
): ReportBody {
  return {
    ...base(scope, ["visitors"]),
    dimensions: [dimension],
    filters: [...scope.filters.map(filterJson), ...searchFilters(dimension, written)],
    pagination: { limit: 20 },
  };
}

function searchFilters(dimension: string, { text, named }: Searched): readonly unknown[] {
  if (text === "") return [];
  const contains = ["contains", dimension, [text], { case_sensitive: false }];
  if (named.length === 0) return [contains];
  const is = filterJson({ operator: "is", dimension, values: named });
  return [["or", [contains, is]]];
}

function base({ site, period, timeZone, filters }: Scope, metrics: readonly Metric[]): ReportBody {
  return {
    site_id: site,
    metrics,
    date_range: period.kind === "preset" ? period.preset : [period.from, period.to],
    filters: filters.map(filterJson),
    ...(timeZone !== undefined && { timezone: timeZone }),
  };
}

function comparison({ compare, period }: Scope): { compare?: string } {
  const hasNone = compare === "none" || (period.kind === "preset" && period.preset === "all");
  return hasNone ? {} : { compare };
}

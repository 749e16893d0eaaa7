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
  { search, sort, pages }: { search: string; sort: string; pages: Pages },
): ReportBody {
  const filters = listFilters(scope, list.dimension);
  const searched = ["contains", list.dimension, [search], { case_sensitive: false }];
  return {
    ...base(scope, list.detailMetrics),
    dimensions: [list.dimension],
    filters: search === "" ? filters : [...filters, searched],
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

/** Values of a dimension for somebody who begins to write one. */
export function suggestionQuestion(scope: Scope, dimension: string, written: string): ReportBody {
  return {
    ...base(scope, ["visitors"]),
    dimensions: [dimension],
    filters: [
      ...scope.filters.map(filterJson),
      ...(written === "" ? [] : [["contains", dimension, [written], { case_sensitive: false }]]),
    ],
    pagination: { limit: 20 },
  };
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

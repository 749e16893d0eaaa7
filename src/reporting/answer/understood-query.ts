import { filtersToJson } from "../query/filter/filter-to-json.ts";
import type { Comparison, Interval } from "../query/report-query.ts";
import { zonedAt } from "../query/time/offset-pieces.ts";
import type { AnswerParts } from "./answer-parts.ts";

/** Returns the query with its defaults, and its ranges as instants, the second exclusive. */
export function understoodQuery({ query, plan }: AnswerParts) {
  const { timeZone, include, comparison } = plan;
  return {
    site_id: plan.siteId,
    metrics: plan.metrics,
    date_range: instants(plan.range, timeZone),
    ...(comparison && { comparison_date_range: instants(comparison.range, timeZone) }),
    timezone: timeZone,
    dimensions: plan.dimensions,
    filters: filtersToJson(query.filter),
    order_by: plan.orderBy.map(({ by, direction }) => [by, direction]),
    include: {
      ...(include.compare && { compare: comparisonToJson(include.compare) }),
      time_labels: include.timeLabels,
      total_rows: include.totalRows,
    },
    pagination: { limit: plan.limit, offset: plan.offset },
  };
}

function instants({ fromMs, toMs }: Interval, timeZone: string): readonly string[] {
  return [fromMs, toMs].map((ms) => zonedAt(ms, timeZone).toString({ timeZoneName: "never" }));
}

function comparisonToJson(compare: Comparison): string | readonly string[] {
  return compare.kind === "dates" ? [compare.from, compare.to] : compare.kind;
}

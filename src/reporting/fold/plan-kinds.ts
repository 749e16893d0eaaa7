import type { Metric, ReportPlan } from "../query/report-query.ts";

/** Metrics of whole visits, which count where a visit begins. */
export const VISIT_METRICS: ReadonlySet<Metric> = new Set([
  "visits",
  "views_per_visit",
  "bounce_rate",
  "visit_duration",
]);

/** Metrics of events in the range. */
export function hasEventMetrics({ metrics }: ReportPlan): boolean {
  return metrics.some((metric) => !VISIT_METRICS.has(metric));
}

export function hasVisitMetrics({ metrics }: ReportPlan): boolean {
  return metrics.some((metric) => VISIT_METRICS.has(metric));
}

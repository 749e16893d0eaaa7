import type { ReportQuery } from "../../../src/reporting/query/report-query.ts";

/** Returns a question about visitors of `example.com` in January of 2026. */
export function sampleQuery(overrides: Partial<ReportQuery> = {}): ReportQuery {
  return {
    siteId: "example.com",
    metrics: ["visitors"],
    dimensions: [],
    dateRange: { kind: "dates", from: "2026-01-01", to: "2026-01-31" },
    include: { timeLabels: false, totalRows: false },
    orderBy: [],
    limit: 10_000,
    offset: 0,
    ...overrides,
  };
}

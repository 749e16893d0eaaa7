import type { ReportQuery } from "../../../../src/reporting/query/report-query.ts";
import { inSpanSql, type SpanContext, type TimeSpan } from "./time-span.ts";
import { localSql } from "./time-sql.ts";

/** The rows of these lie within one local date. */
const WITHIN_A_DATE: readonly string[] = ["time:minute", "time:hour", "time:day"];

/** Visitors with daily ids are another each date: the numbers of several dates are sums of days. */
export async function accuracyOf(
  { metrics, dimensions }: Pick<ReportQuery, "metrics" | "dimensions">,
  spans: readonly TimeSpan[],
  context: SpanContext,
): Promise<Readonly<Record<string, string>>> {
  const dates = await Promise.all(spans.map(async (span) => await datesOfDailyIds(span, context)));
  const isSum = Math.max(...dates) > 1;
  const areRowsOfDates = dimensions.some((dimension) => WITHIN_A_DATE.includes(dimension));
  return Object.fromEntries(
    metrics.map((metric) => {
      // What it divides by is of the whole span.
      const isOfSeveral = metric === "percentage" || !areRowsOfDates;
      const isOfVisitors = ["visitors", "percentage", "conversion_rate"].includes(metric);
      return [metric, isSum && isOfVisitors && isOfSeveral ? "daily_sum" : "exact"];
    }),
  );
}

async function datesOfDailyIds(span: TimeSpan, { sql, timeZone }: SpanContext): Promise<number> {
  const [row] = await sql.unsafe(`
    SELECT count(DISTINCT ${localSql("at", timeZone)}::date)::int AS dates
    FROM oracle_events WHERE visitor = 'daily' AND ${inSpanSql(span, "at", timeZone)}`);
  return row?.["dates"];
}

/** Returns the UTC days with lost events of which the spans have an instant. Clocks have changed at whole minutes since 2000. */
export async function incompleteDaysOf(
  spans: readonly TimeSpan[],
  { sql, timeZone }: SpanContext,
): Promise<readonly string[]> {
  const isIn = spans.map((span) => inSpanSql(span, "at", timeZone)).join(" OR ");
  const utc = "date::timestamp AT TIME ZONE 'UTC'";
  const rows = await sql.unsafe(`
    SELECT date::text FROM oracle_lost_days WHERE EXISTS (
      SELECT FROM generate_series(${utc}, ${utc} + interval '23:59:59.999', '1 minute') minute,
        unnest(ARRAY[minute, minute + interval '59.999 seconds']) at
      WHERE ${isIn}
    ) ORDER BY date`);
  return rows.map((row) => row["date"]);
}

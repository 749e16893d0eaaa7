import type { ReportQuery } from "../../../../src/reporting/query/report-query.ts";
import { type Asked, datesOfDailyIds } from "./oracle-rows.ts";
import { inSpanSql, type SpanContext, type TimeSpan } from "./time-span.ts";

/** The rows of these lie within one local date. */
const WITHIN_A_DATE: readonly string[] = ["time:minute", "time:hour", "time:day"];

/** Visitors with daily ids are another each date: the numbers of several dates are sums of days. */
export async function accuracyOf(
  asked: readonly Asked[],
  { metrics, dimensions }: Pick<ReportQuery, "metrics" | "dimensions">,
): Promise<Readonly<Record<string, string>>> {
  const areRowsOfDates = dimensions.some((dimension) => WITHIN_A_DATE.includes(dimension));
  const accuracies = metrics.map(async (metric) => {
    const isExact =
      !["visitors", "percentage", "conversion_rate"].includes(metric) ||
      // What it divides by is of the whole span.
      (areRowsOfDates && metric !== "percentage");
    const dates = isExact
      ? []
      : await Promise.all(asked.map(async (each) => await datesOfDailyIds(each, metric)));
    return [metric, Math.max(0, ...dates) > 1 ? "daily_sum" : "exact"] as const;
  });
  return Object.fromEntries(await Promise.all(accuracies));
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

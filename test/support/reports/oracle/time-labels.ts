import type { TimeUnit } from "../../../../src/reporting/query/report-query.ts";
import { inSpanSql, instant, type SpanContext, type TimeSpan } from "./time-span.ts";
import { timeLabelSql } from "./time-sql.ts";

/** Returns the labels of a series in order of time; none after the one that contains now. */
export async function timeLabels(
  unit: TimeUnit,
  span: TimeSpan,
  context: SpanContext,
): Promise<readonly string[]> {
  const isByInstant = unit === "hour" || unit === "minute";
  const rows = await context.sql.unsafe(
    isByInstant ? labelsOfInstants(unit, span, context) : labelsOfDates(unit, span, context),
  );
  return rows.map((row) => row["label"]);
}

/** The dates count, also those that the zone skipped. */
function labelsOfDates(unit: TimeUnit, span: TimeSpan, { timeZone, nowMs }: SpanContext): string {
  const dateAt = (ms: number) => `(${instant(ms)} AT TIME ZONE '${timeZone}')::date`;
  const [from, to] =
    span.kind === "dates"
      ? [`'${span.from}'::date`, `'${span.to}'::date`]
      : [anyDate("min", span, timeZone), anyDate("max", span, timeZone)];
  const end = dateAt(Math.min(nowMs, (span.endMs ?? Number.POSITIVE_INFINITY) - 1));
  return `
    SELECT DISTINCT to_char(date_trunc('${unit}', day), 'YYYY-MM-DD') AS label
    FROM generate_series(${from}::timestamp, least(${to}, ${end})::timestamp, '1 day') day ORDER BY 1`;
}

/** Where clocks go back past midnight, the last instant is not of the last date. */
function anyDate(
  which: "min" | "max",
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
  timeZone: string,
): string {
  const last = instant(toMs - 1);
  const minutes = `SELECT generate_series(${instant(fromMs)}, ${last}, '1 minute') AS at`;
  return `(
    SELECT ${which}((at AT TIME ZONE '${timeZone}')::date) FROM (${minutes} UNION ALL SELECT ${last}) AS instants)`;
}

/** Clocks have changed at whole minutes since 2000. */
function labelsOfInstants(unit: TimeUnit, span: TimeSpan, context: SpanContext): string {
  const [from, to] =
    span.kind === "dates"
      ? [
          `'${span.from}'::timestamptz - interval '2 days'`,
          `'${span.to}'::timestamptz + interval '3 days'`,
        ]
      : [`date_trunc('minute', ${instant(span.fromMs)})`, instant(span.toMs - 1)];
  const label = timeLabelSql(unit, "minute", context.timeZone);
  const lastLabel = timeLabelSql(unit, instant(context.nowMs), context.timeZone);
  const isIn = span.kind === "dates" ? inSpanSql(span, "minute", context.timeZone) : "true";
  return `
    SELECT label FROM (
      SELECT ${label} AS label, min(minute) AS begins
      FROM generate_series(${from}, ${to}, '1 minute') minute WHERE ${isIn} GROUP BY 1
    ) labels WHERE begins <= ${instant(context.nowMs)} OR label = ${lastLabel} ORDER BY begins`;
}

import type { Sql } from "postgres";
import type { ReportQuery, SiteSettings } from "../../../../src/reporting/query/report-query.ts";
import type { Answer } from "./answer.ts";
import { accuracyOf, incompleteDaysOf } from "./answer-meta.ts";
import { compareRows } from "./compare-rows.ts";
import { foldRows } from "./fold-rows.ts";
import { inOrder } from "./in-order.ts";
import { eventsStatement, visitsStatement } from "./judged-events.ts";
import { textArray } from "./literal.ts";
import { unitOf } from "./oracle-rows.ts";
import { timeLabels } from "./time-labels.ts";
import { comparedSpan, spanOf, type TimeSpan } from "./time-span.ts";

export interface OracleQuestion {
  readonly query: ReportQuery;
  readonly settings: SiteSettings;
  readonly nowMs: number;
}

/**
 * Prepares the answers about a site, from rows of a table like `events`, in temporary tables of the connection: `sql` must have
 * only one.
 */
export async function judgeSite(
  sql: Sql,
  {
    siteId,
    table = "events",
    lostDays = [],
  }: {
    readonly siteId: string;
    readonly table?: string;
    /** UTC dates of which events were deleted before they were packed. */
    readonly lostDays?: readonly string[];
  },
): Promise<void> {
  await sql.unsafe(`
    DROP TABLE IF EXISTS oracle_events, oracle_visits, oracle_lost_days;
    CREATE TEMP TABLE oracle_events AS ${eventsStatement(siteId, table)};
    CREATE TEMP TABLE oracle_visits AS ${visitsStatement()};
    CREATE TEMP TABLE oracle_lost_days AS SELECT unnest(${textArray(lostDays)})::date AS date;
    CREATE INDEX ON oracle_events (visit);
    ANALYZE oracle_events;
    ANALYZE oracle_visits`);
}

/** Returns the answer that SQL over the raw rows gives, independent of `src/reporting`. Call `judgeSite` first. */
export async function askOracle(
  sql: Sql,
  { query, settings, nowMs }: OracleQuestion,
): Promise<Answer> {
  const timeZone = query.timeZone ?? settings.timeZone;
  const context = { sql, timeZone, nowMs };
  const span = await spanOf(query.dateRange, context);
  const asked = { sql, query, settings, timeZone, nowMs, span };
  const { rows, metricsAt } = await foldRows(asked);
  const compared = await comparedSpan(query, span, context);
  const spans = compared === undefined ? [span] : [span, compared];
  const unit = query.dimensions.map(unitOf).find((found) => found !== undefined);
  const labelsOf = async (of: TimeSpan) =>
    unit === undefined ? [] : await timeLabels(unit, of, context);
  const isByInstant = unit === "hour" || unit === "minute";
  const needsLabels = query.include.timeLabels || compared !== undefined || isByInstant;
  const labels = needsLabels ? await labelsOf(span) : [];
  const comparedLabels = compared === undefined ? [] : await labelsOf(compared);
  const both =
    compared === undefined
      ? rows
      : compareRows(
          query,
          { rows, metricsAt },
          {
            others: await foldRows({ ...asked, span: compared }),
            labels,
            comparedLabels,
          },
        );
  return {
    rows: inOrder(both, query, labels, comparedLabels).slice(
      query.offset,
      query.offset + query.limit,
    ),
    ...(query.include.totalRows ? { totalRows: both.length } : {}),
    ...(query.include.timeLabels ? { timeLabels: labels } : {}),
    accuracy: await accuracyOf(
      spans.map((each) => ({ ...asked, span: each })),
      query,
    ),
    incompleteDays: await incompleteDaysOf(spans, context),
  };
}

import { InvalidFieldsError } from "../../errors.ts";
import { answerReport } from "../../reporting/answer-question.ts";
import { Vocabularies } from "../../reporting/fold/ids/vocabularies.ts";
import { parseReportQuery } from "../../reporting/query/parse-report-query.ts";
import type { SnapshotSource } from "../../reporting/snapshot/snapshot-source.ts";
import type { ReportDates } from "./report-period.ts";

export const TOTALS = [
  "visitors",
  "visits",
  "pageviews",
  "views_per_visit",
  "bounce_rate",
  "visit_duration",
] as const;
export type Total = (typeof TOTALS)[number];

export const LISTS = ["visit:source", "event:page", "visit:country"] as const;
export type List = (typeof LISTS)[number];

const ROWS_LISTED = 10;

export interface TotalValue {
  readonly metric: Total;
  readonly value: number | null;
  /** Of the period before. */
  readonly before: number | null;
  readonly isApproximate: boolean;
}

export interface ListRow {
  /** Null for visitors without one. */
  readonly name: string | null;
  readonly visitors: number;
}

export interface SiteReport {
  readonly totals: readonly TotalValue[];
  readonly lists: readonly {
    readonly dimension: List;
    readonly rows: readonly ListRow[];
    readonly isApproximate: boolean;
  }[];
  readonly incompleteDays: readonly string[];
}

interface Asked extends ReportDates {
  readonly siteId: string;
}

/** @throws InvalidFieldsError; QueueFlowError of reports. */
export async function readReport(
  source: SnapshotSource,
  { siteId, from, to }: Asked,
  signal: AbortSignal,
): Promise<SiteReport> {
  const vocabularies = new Vocabularies();
  const turn = { signal, pause: () => undefined };
  const ask = async (more: object): Promise<Answered> => {
    const parsed = parseReportQuery({ site_id: siteId, date_range: [from, to], ...more });
    if (parsed.kind === "invalid") throw new InvalidFieldsError(parsed.fields);
    const question = { kind: "report", query: parsed.query, format: "json" } as const;
    const { body } = await answerReport(question, { source, vocabularies, turn });
    return JSON.parse(new TextDecoder().decode(body));
  };
  const totals = await ask({ metrics: TOTALS, include: { compare: "previous_period" } });
  const [row] = totals.results;
  const lists = [];
  for (const dimension of LISTS) {
    const pagination = { limit: ROWS_LISTED };
    const { results, meta } = await ask({
      metrics: ["visitors"],
      dimensions: [dimension],
      pagination,
    });
    const rows = results.map(({ dimensions: [name = null], metrics: [visitors = 0] }) => ({
      name,
      visitors: visitors ?? 0,
    }));
    lists.push({ dimension, rows, isApproximate: meta.accuracy.visitors === "daily_sum" });
  }
  return {
    totals: TOTALS.map((metric, index) => ({
      metric,
      value: row?.metrics[index] ?? null,
      before: row?.comparison?.metrics[index] ?? null,
      isApproximate: totals.meta.accuracy[metric] === "daily_sum",
    })),
    lists,
    incompleteDays: totals.meta.incomplete_days,
  };
}

/** As `POST /query` answers. */
interface Answered {
  readonly results: readonly {
    readonly dimensions: readonly (string | null)[];
    readonly metrics: readonly (number | null)[];
    readonly comparison?: { readonly metrics: readonly (number | null)[] };
  }[];
  readonly meta: {
    readonly incomplete_days: readonly string[];
    readonly accuracy: Readonly<Partial<Record<Total, string>>>;
  };
}

import type { FoldedReport } from "../fold/folded-report.ts";
import type { ReportPlan, ReportQuery } from "../query/report-query.ts";

/** What an answer is made of, whatever its format is. */
export interface AnswerParts {
  readonly query: ReportQuery;
  readonly plan: ReportPlan;
  readonly report: FoldedReport;
  /** When the snapshot was taken. */
  readonly asOfMs: number;
  /** Entries accepted and not stored, and the age of the oldest. Absent while Redis is away. */
  readonly freshness?: { readonly pending: number; readonly lagMs: number } | undefined;
}

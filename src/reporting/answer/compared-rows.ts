import type { FoldedRow, RowValues } from "../fold/folded-report.ts";
import type { Metric } from "../query/report-query.ts";
import type { AnswerParts } from "./answer-parts.ts";
import { type Change, changeOf } from "./change.ts";

export interface AnswerRow extends RowValues {
  readonly comparison?: RowValues & { readonly change: readonly Change[] };
}

/** Returns the rows of a report with the change of each metric. */
export function comparedRows({ plan, report }: AnswerParts): AnswerRow[] {
  return report.rows.map((row) => comparedRow(row, plan.metrics));
}

function comparedRow({ comparison, ...row }: FoldedRow, metrics: readonly Metric[]): AnswerRow {
  if (comparison === undefined) return row;
  const change = metrics.map((metric, i) =>
    changeOf(metric, row.metrics[i] ?? null, comparison.metrics[i] ?? null),
  );
  return { ...row, comparison: { ...comparison, change } };
}

import type { ColumnName } from "../columns/day-events.ts";
import type { ReportPlan } from "../query/report-query.ts";
import { sumsOf } from "./fold-report.ts";

/** What a fold reads. */
export interface ReadColumns {
  readonly columns: ReadonlySet<ColumnName>;
  /** Whether the order of a user's events within a millisecond changes the answer. */
  readonly orderMatters: boolean;
}

export function columnsOf(plan: ReportPlan): ReadColumns {
  const { fields, areVisitsRead } = sumsOf(plan).sums;
  return { columns: fields.columns, orderMatters: areVisitsRead };
}

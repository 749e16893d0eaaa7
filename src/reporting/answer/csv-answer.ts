import { csvCell } from "../../event/csv-cell.ts";
import type { MetricValue, Money } from "../fold/folded-report.ts";
import { isTimeDimension } from "../query/dimensions.ts";
import type { ReportPlan } from "../query/report-query.ts";
import type { AnswerParts } from "./answer-parts.ts";
import type { Change, CurrencyChange } from "./change.ts";
import { type AnswerRow, comparedRows } from "./compared-rows.ts";

const LINE_END = "\r\n";

/** Returns a table with a header. A comparison adds its own label of time, and the former value and the change of each metric. */
export function csvAnswer(parts: AnswerParts): string {
  const lines = [header(parts.plan), ...comparedRows(parts).map((row) => cells(row, parts.plan))];
  return lines.map((line) => line.map(cellText).join(",") + LINE_END).join("");
}

function header({ dimensions, metrics, comparison }: ReportPlan): string[] {
  const names = [...dimensions, ...metrics];
  if (comparison === undefined) return names;
  const before = [...dimensions.filter(isTimeDimension), ...metrics];
  return [
    ...names,
    ...before.map((name) => `comparison:${name}`),
    ...metrics.map((name) => `change:${name}`),
  ];
}

type Cell = string | MetricValue | Change | undefined;

function cells({ comparison, ...row }: AnswerRow, plan: ReportPlan): Cell[] {
  const own = [...row.dimensions, ...row.metrics];
  if (plan.comparison === undefined) return own;
  const time = plan.dimensions.findIndex(isTimeDimension);
  return [
    ...own,
    ...(time < 0 ? [] : [comparison?.dimensions[time]]),
    ...plan.metrics.map((_, i) => comparison?.metrics[i]),
    ...plan.metrics.map((_, i) => comparison?.change[i]),
  ];
}

function cellText(cell: Cell): string {
  if (typeof cell === "string") return csvCell(cell);
  // A number is no formula, whatever its sign.
  if (typeof cell === "number") return String(cell);
  return csvCell((cell ?? []).map(amountText).join("; "));
}

function amountText(amount: Money | CurrencyChange): string {
  const value = "value" in amount ? amount.value : (amount.change ?? "");
  return `${value} ${amount.currency}`;
}

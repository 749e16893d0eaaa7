import type { ReportPlan } from "../query/report-query.ts";
import type { SiteSnapshot } from "../snapshot/site-snapshot.ts";
import { accuracyOf } from "./accuracy.ts";
import { DayReader } from "./days/day-reader.ts";
import { EventFields } from "./fields/event-fields.ts";
import { RangeFold } from "./fold-range.ts";
import type { FoldedReport, Turn } from "./folded-report.ts";
import type { Vocabularies } from "./ids/vocabularies.ts";
import { paceOf } from "./pace.ts";
import { type RangePlan, RangeSums } from "./range-sums.ts";
import { ComparedRows } from "./rows/compared-rows.ts";
import { firstRows } from "./rows/first-rows.ts";
import { orderOf } from "./rows/order-rows.ts";
import { VISIT_GAP_MS } from "./visits/walk-visits.ts";

/**
 * Computes the answer to a plan from a site's events.
 *
 * @param vocabularies which the thread's questions share.
 * @throws the signal's reason once it is aborted, and what the snapshot throws.
 */
export async function foldReport(
  plan: ReportPlan,
  snapshot: SiteSnapshot,
  turn: Turn,
  vocabularies?: Vocabularies,
): Promise<FoldedReport> {
  const pace = paceOf(turn);
  const reader = new DayReader(snapshot);
  const { sums, compared } = sumsOf(plan, vocabularies);
  const ranges = compared === undefined ? [sums] : [sums, compared];
  const incompleteDays = new Set<string>();
  for (const each of ranges) {
    const fold = new RangeFold(each, reader, pace);
    await fold.run();
    for (const date of fold.incompleteDays) incompleteDays.add(date);
  }
  const all = new ComparedRows(sums, compared);
  const limit = plan.offset + plan.limit;
  const rows = await firstRows(all.rows(), { limit, compare: orderOf(plan, sums), pace });
  return {
    rows: rows.slice(plan.offset).map((row) => all.valuesOf(row)),
    totalRows: [...all.rows()].length,
    accuracy: accuracyOf(ranges),
    incompleteDays: [...incompleteDays].toSorted(),
    provisionalAfterMs: snapshot.asOfMs - VISIT_GAP_MS,
  };
}

/** Returns what the plan's range is folded into, and the range that it is compared with. */
export function sumsOf(
  plan: ReportPlan,
  vocabularies?: Vocabularies,
): { sums: RangeSums; compared?: RangeSums } {
  const fields = new EventFields(
    vocabularies && ((column) => vocabularies.of(plan.siteId, column)),
  );
  const sumsOfRange = ({ range, buckets }: Omit<RangePlan, "plan">) =>
    new RangeSums({ plan, range, buckets }, fields);
  const sums = sumsOfRange({ range: plan.range, buckets: plan.buckets });
  const { comparison } = plan;
  if (comparison === undefined) return { sums };
  const { range, buckets } = comparison;
  return { sums, compared: sumsOfRange({ range, buckets }) };
}

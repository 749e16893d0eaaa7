import type { Filter, Metric, ReportPlan } from "../../query/report-query.ts";
import type { ValueContext } from "../fields/value-source.ts";
import { compileFilter } from "../filters/compile-filter.ts";
import { type EventMask, everyMask } from "../filters/event-mask.ts";
import { type Distinct, DistinctInOrder } from "../ids/distinct.ts";
import { DistinctPairs } from "../ids/distinct-pairs.ts";
import { VisitorCount } from "../metrics/visitor-count.ts";
import { isTime } from "../rows/plan-rows.ts";
import type { RowKeys } from "../rows/row-keys.ts";
import type { Visitors } from "./visitors.ts";

/** What the metrics of events are made of. */
export interface EventParts {
  readonly plan: ReportPlan;
  readonly context: ValueContext;
  readonly visitors: Visitors;
  readonly keys: RowKeys;
  /** Rows without `event:goal`. */
  readonly otherKeys: RowKeys;
  /** Whether later events are never in an earlier row of time. */
  readonly isInOrder: boolean;
}

export function asks({ plan }: EventParts, ...metrics: readonly Metric[]): boolean {
  return metrics.some((metric) => plan.metrics.includes(metric));
}

/** Returns undefined without filters. */
export function maskOf(
  filters: readonly (Filter | undefined)[],
  context: ValueContext,
): EventMask | undefined {
  const given = filters.filter((filter) => filter !== undefined);
  if (given.length === 0) return undefined;
  return everyMask(given.map((filter) => compileFilter(filter, context)));
}

/** Counts visitors by row. */
export function countVisitors({ plan, visitors, isInOrder }: EventParts): VisitorCount {
  const isByTime = plan.dimensions.every(isTime);
  const distinct: Distinct = isByTime && isInOrder ? new DistinctInOrder() : new DistinctPairs();
  return new VisitorCount(visitors.use(), distinct);
}

/** Counts visitors regardless of their row. */
export function countAllVisitors({ visitors }: EventParts): VisitorCount {
  return new VisitorCount(visitors.use(), new DistinctInOrder());
}

import { METRICS, type Order, type ReportPlan } from "../../query/report-query.ts";
import type { RangeSums } from "../range-sums.ts";
import type { CompareRows } from "./first-rows.ts";

/** Returns how rows are ordered: as asked, then by time, then by the bytes of the other dimensions. */
export function orderOf(plan: ReportPlan, sums: RangeSums): CompareRows {
  const comparisons = [
    ...plan.orderBy.map((order) => orderBy(order, plan, sums)),
    ...sums.names.flatMap(({ isTime }, at) => (isTime ? [byDimension(at, sums)] : [])),
    ...sums.names.flatMap(({ isTime }, at) => (isTime ? [] : [byDimension(at, sums)])),
  ];
  return (left, right) => {
    for (const compare of comparisons) {
      const order = compare(left, right);
      if (order !== 0) return order;
    }
    return 0;
  };
}

function orderBy({ by, direction }: Order, plan: ReportPlan, sums: RangeSums): CompareRows {
  const sign = direction === "asc" ? 1 : -1;
  const dimension = plan.dimensions.findIndex((each) => each === by);
  if (dimension >= 0) {
    const compare = byDimension(dimension, sums);
    return (left, right) => sign * compare(left, right);
  }
  const metric = METRICS.find((each) => each === by);
  if (metric === undefined) throw new Error(`Cannot order by ${by}, which the plan does not have`);
  // Null comes last in both directions.
  const ofNull = sign * Number.MAX_VALUE;
  const known = new Float64Array(sums.keys.size).fill(Number.NaN);
  const numberOf = (row: number): number => {
    const value = known[row] ?? ofNull;
    if (!Number.isNaN(value)) return value;
    return (known[row] = sums.numberOf(metric, row) ?? ofNull);
  };
  return (left, right) => sign * (numberOf(left) - numberOf(right));
}

function byDimension(at: number, { keys, names }: RangeSums): CompareRows {
  const idOf = remembered((row) => keys.idsOf(row)[at] ?? 0);
  return (left, right) => names[at]?.compare(idOf(left), idOf(right)) ?? 0;
}

function remembered<Value>(compute: (row: number) => Value): (row: number) => Value {
  const known = new Map<number, Value>();
  return (row) => {
    let value = known.get(row);
    if (value === undefined) {
      value = compute(row);
      known.set(row, value);
    }
    return value;
  };
}

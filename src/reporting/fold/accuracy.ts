import type { Metric } from "../query/report-query.ts";
import type { Accuracy } from "./folded-report.ts";
import type { RangeSums } from "./range-sums.ts";

const WITHIN_A_DATE: ReadonlySet<string> = new Set(["time:minute", "time:hour", "time:day"]);

/** Returns of each metric whether visitors that pass its filters count once for each of their days in it. */
export function accuracyOf(sums: readonly RangeSums[]): Partial<Record<Metric, Accuracy>> {
  const [first] = sums;
  const isRowWithinDate = first?.plan.dimensions.some((each) => WITHIN_A_DATE.has(each));
  const accuracy = (metric: Metric): Accuracy => {
    // A percentage divides by the visitors of all rows.
    if (isRowWithinDate === true && metric !== "percentage") return "exact";
    const isDailySum = sums.some(({ events }) => events?.visitorsOf.get(metric)?.isDailySum);
    return isDailySum ? "daily_sum" : "exact";
  };
  return Object.fromEntries(
    (first?.plan.metrics ?? []).map((metric) => [metric, accuracy(metric)]),
  );
}

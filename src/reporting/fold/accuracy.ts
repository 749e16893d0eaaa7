import type { Metric } from "../query/report-query.ts";
import type { Accuracy } from "./folded-report.ts";
import type { RangeSums } from "./range-sums.ts";

const WITHIN_A_DATE: ReadonlySet<string> = new Set(["time:minute", "time:hour", "time:day"]);

/** Returns of each metric whether visitors count once for each of their days in it. */
export function accuracyOf(sums: readonly RangeSums[]): Partial<Record<Metric, Accuracy>> {
  const isAcrossDates = sums.some(({ visitors }) => visitors.dailyDates > 1);
  const [first] = sums;
  const isRowWithinDate = first?.plan.dimensions.some((each) => WITHIN_A_DATE.has(each));
  const accuracy = (metric: Metric): Accuracy => {
    if (!isAcrossDates) return "exact";
    if (metric === "percentage") return "daily_sum";
    const isOfVisitors = metric === "visitors" || metric === "conversion_rate";
    return isOfVisitors && isRowWithinDate !== true ? "daily_sum" : "exact";
  };
  return Object.fromEntries(
    (first?.plan.metrics ?? []).map((metric) => [metric, accuracy(metric)]),
  );
}

import type { Metric } from "../../reporting/query/report-query.ts";
import type { ReportMeta } from "../api/report.ts";
import { words } from "../words/words.ts";

interface ApproximateProps {
  readonly metric: Metric;
  readonly accuracy: ReportMeta["accuracy"] | undefined;
}

/** Marks a metric whose numbers count some visitors several times. */
export function Approximate({ metric, accuracy }: ApproximateProps) {
  if (accuracy?.[metric] !== "daily_sum") return null;
  return (
    <span class="approximate" title={words.dailySum}>
      <span aria-hidden="true">≈</span>
      <span class="for-readers">{words.dailySum}</span>
    </span>
  );
}

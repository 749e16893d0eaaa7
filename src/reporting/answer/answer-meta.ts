import type { AnswerParts } from "./answer-parts.ts";

/** Returns what a reader has to know of the numbers: how exact, how fresh and how whole they are. */
export function answerMeta({ plan, report, asOfMs, freshness }: AnswerParts) {
  const { include, buckets, comparison } = plan;
  const compared = comparison?.buckets;
  return {
    accuracy: report.accuracy,
    as_of: new Date(asOfMs).toISOString(),
    provisional_after: new Date(report.provisionalAfterMs).toISOString(),
    ...(freshness && { pending: freshness.pending, lag_ms: Math.round(freshness.lagMs) }),
    incomplete_days: report.incompleteDays,
    ...(include.timeLabels && buckets && { time_labels: buckets.labels }),
    ...(include.timeLabels && compared && { comparison_time_labels: compared.labels }),
    ...(include.totalRows && { total_rows: report.totalRows }),
  };
}

/** For a format without a place for it. ASCII, and short: without labels of time. */
export function metaHeader(parts: AnswerParts): string {
  const { time_labels: _, comparison_time_labels: __, ...meta } = answerMeta(parts);
  return JSON.stringify(meta);
}

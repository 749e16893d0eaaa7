import { dateRanges } from "../../event/date-ranges.ts";
import { HEADER_CHARACTERS_MAX } from "../../event/limits.ts";
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

/** For a format without a place for it. ASCII, and short: without labels of time, and with ranges of incomplete days. */
export function metaHeader(parts: AnswerParts): string {
  const { time_labels: _, comparison_time_labels: __, ...meta } = answerMeta(parts);
  return JSON.stringify({ ...meta, ...shortDays(meta.incomplete_days) });
}

/** Too many ranges become one that has all of them, and says that some of its days are whole. */
function shortDays(dates: readonly string[]) {
  const ranges = dateRanges(dates);
  if (ranges.join(", ").length <= HEADER_CHARACTERS_MAX) return { incomplete_days: ranges };
  const all = `${dates[0]}..${dates.at(-1)}`;
  return { incomplete_days: [all], incomplete_days_cut: true };
}

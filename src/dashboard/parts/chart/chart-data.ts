import type { TimeUnit } from "../../../reporting/query/report-query.ts";
import type { Report } from "../../api/report.ts";
import type { ChartMetric } from "../../app/view.ts";
import { addDays, addMonths } from "../../report/dates.ts";

/** What a chart and its table show, one value a bucket. */
export interface ChartData {
  readonly labels: readonly string[];
  readonly values: readonly (number | null)[];
  /**
   * By the place of the bucket in its own range, as the engine pairs them: null where the compared range is shorter, longer than
   * `values` where it has more buckets. Undefined without a comparison.
   */
  readonly compared?: readonly (number | null)[];
  readonly comparedLabels?: readonly string[];
  /** Those of the range that are still to come, after `labels`. */
  readonly comingLabels: readonly string[];
  /** The first bucket whose number may still change; the number of buckets if none does. */
  readonly provisionalFrom: number;
  readonly accuracy: Report["meta"]["accuracy"];
}

/** Of these, a bucket without events has none; of the others, it has 0. */
const MEANS: readonly ChartMetric[] = ["views_per_visit", "bounce_rate", "visit_duration"];

/** Minutes of a day. */
const COMING_MAX = 1_440;

export function chartData(
  { results, meta, query }: Report,
  { metric, unit }: { readonly metric: ChartMetric; readonly unit: TimeUnit },
): ChartData {
  const labels = meta.time_labels ?? [];
  const rows = new Map(results.map((row) => [row.dimensions[0], row]));
  const empty = MEANS.includes(metric) ? null : 0;
  const numberOf = (value: unknown) => (typeof value === "number" ? value : empty);
  const values = labels.map((label) => numberOf(rows.get(label)?.metrics[0]));
  const provisionalFrom = firstProvisional(
    labels,
    localTime(meta.provisional_after, query.timezone),
    {
      isOver: Date.parse(query.date_range[1]) <= Date.parse(meta.provisional_after),
    },
  );
  const comingLabels = comingAfter(labels, unit, query.date_range[1].slice(0, 19));
  const comparedLabels = meta.comparison_time_labels;
  const { accuracy } = meta;
  const own = { labels, values, comingLabels, provisionalFrom, accuracy };
  if (comparedLabels === undefined) return own;
  const before = new Map(
    results.map(({ comparison }) => [comparison?.dimensions[0], comparison?.metrics[0]]),
  );
  const count = Math.max(labels.length, comparedLabels.length);
  const compared = Array.from({ length: count }, (_, index) => {
    const label = comparedLabels[index];
    return label === undefined ? null : numberOf(before.get(label));
  });
  return { ...own, compared, comparedLabels };
}

/** Returns how many places a chart has numbers at, those of a longer compared range included. */
export function placesOf({ labels, compared = [] }: ChartData): number {
  return Math.max(labels.length, compared.length);
}

/** Returns the label of a place, which may be still to come. Undefined where only the compared range has a bucket. */
export function labelAt({ labels, comingLabels }: ChartData, place: number): string | undefined {
  return labels[place] ?? comingLabels[place - labels.length];
}

/** Returns the first bucket that ends after `local`, a local time that compares with labels as a text. */
function firstProvisional(
  labels: readonly string[],
  local: string,
  { isOver }: { isOver: boolean },
): number {
  if (isOver) return labels.length;
  const next = labels.findIndex((label) => label.slice(0, 16) > local);
  return next === -1 ? labels.length - 1 : Math.max(next - 1, 0);
}

/** A chart of today has room for the rest of today. Returns labels before `end`, a local time. */
function comingAfter(labels: readonly string[], unit: TimeUnit, end: string): readonly string[] {
  const coming: string[] = [];
  let label = labels.at(-1);
  while (label !== undefined && coming.length < COMING_MAX) {
    label = following(label, unit);
    if (label === undefined || label >= end.slice(0, label.length)) break;
    coming.push(label);
  }
  return coming;
}

/** Returns the label of the next bucket. */
export function following(label: string, unit: TimeUnit): string | undefined {
  switch (unit) {
    case "hour":
    case "minute": {
      const stepMs = unit === "hour" ? 3_600_000 : 60_000;
      return new Date(Date.parse(`${label.slice(0, 19)}Z`) + stepMs).toISOString().slice(0, 19);
    }
    case "day":
      return addDays(label, 1);
    case "week":
      return addDays(label, 7);
    case "month":
      return addMonths(label, 1);
  }
}

/** Returns a time of a zone such as `2026-01-15T09:30`. */
export function localTime(instant: string, timeZone: string): string {
  const format = new Intl.DateTimeFormat("sv", {
    timeZone,
    dateStyle: "short",
    timeStyle: "short",
  });
  return format.format(Date.parse(instant)).replace(" ", "T");
}

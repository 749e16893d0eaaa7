import type { Metric, ReportQuery } from "../../../../src/reporting/query/report-query.ts";
import type { Amount, AnswerRow, Change, Value } from "./answer.ts";
import type { Folded } from "./fold-rows.ts";

interface ComparedSeries {
  readonly others: Folded;
  readonly labels: readonly string[];
  readonly comparedLabels: readonly string[];
}

const POINTS: ReadonlySet<Metric> = new Set(["bounce_rate", "percentage", "conversion_rate"]);

/**
 * Adds to each row the one with its place in the series and its other dimensions. A shorter series has no row for the last ones.
 * A series of nothing but time has a row where either side has one: without a time of its own where the other series is longer.
 */
export function compareRows(
  { metrics, dimensions }: ReportQuery,
  { rows, metricsAt }: Folded,
  { others, labels, comparedLabels }: ComparedSeries,
): readonly AnswerRow[] {
  const time = dimensions.findIndex((dimension) => dimension.startsWith("time:"));
  const isSeries = time >= 0 && dimensions.length === 1;
  const known = new Set(rows.map((row) => row.dimensions[0]));
  const added = others.rows
    .map(({ dimensions: [label] }) => labels[comparedLabels.indexOf(label ?? "")])
    .filter((label) => isSeries && label !== undefined && !known.has(label));
  const later = isSeries
    ? others.rows.filter(
        ({ dimensions: [label] }) => comparedLabels.indexOf(label ?? "") >= labels.length,
      )
    : [];
  const all = [
    ...rows,
    ...added.map((label = "") => ({ dimensions: [label], metrics: metricsAt([label]) })),
  ];
  const beside = (row: AnswerRow, keys: AnswerRow["dimensions"]) => {
    const before = others.metricsAt(keys);
    const change = metrics.map((metric, index) =>
      changeOf(metric, row.metrics[index] ?? null, before[index] ?? null),
    );
    return { ...row, comparison: { dimensions: keys, metrics: before, change } };
  };
  const paired = all.map((row) => {
    const place = labels.indexOf(row.dimensions[time] ?? "");
    const keys = row.dimensions.map((key, index) => (index === time ? comparedLabels[place] : key));
    return isComplete(keys) ? beside(row, keys) : row;
  });
  const none = { dimensions: [null], metrics: metricsAt([null]) };
  return [...paired, ...later.map(({ dimensions: keys }) => beside(none, keys))];
}

function isComplete<Key>(keys: readonly (Key | undefined)[]): keys is readonly Key[] {
  return !keys.includes(undefined);
}

/** Points for rates, otherwise whole per cent; for each currency that there was. */
function changeOf(metric: Metric, now: Value, before: Value): Change {
  if (Array.isArray(before)) {
    const amounts = new Map(isAmounts(now) ? now.map((each) => [each.currency, each.value]) : []);
    return before.map(({ currency, value }: Amount) => ({
      currency,
      change: percentage(Number(amounts.get(currency) ?? 0), Number(value)),
    }));
  }
  if (typeof now !== "number" || typeof before !== "number") return null;
  if (POINTS.has(metric)) return Math.round(now * 100 - before * 100) / 100;
  return percentage(now, before);
}

/** Rounded half away from zero. The ninth decimal hides what doubles make of a half. */
function percentage(now: number, before: number): number | null {
  if (before === 0) return null;
  const percent = ((now - before) / before) * 100;
  const rounded = Math.round(Number(Math.abs(percent).toFixed(9)));
  return percent < 0 && rounded > 0 ? -rounded : rounded;
}

function isAmounts(value: Value): value is readonly Amount[] {
  return Array.isArray(value);
}

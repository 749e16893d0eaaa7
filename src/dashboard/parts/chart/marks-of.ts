import type { TimeUnit } from "../../../reporting/query/report-query.ts";
import type { Annotation } from "../../api/sites/annotation.ts";
import { type ChartData, following, localTime } from "./chart-data.ts";

/** By the place of the bucket among the labels. */
export type MarksByPlace = ReadonlyMap<number, readonly string[]>;

interface MarkedChart extends Pick<ChartData, "labels"> {
  readonly unit: TimeUnit;
  /** Whose clock annotations follow. */
  readonly siteZone: string;
  /** Of the labels. */
  readonly timeZone: string;
}

/** Returns what happened in each bucket of a chart. */
export function marksOf(
  annotations: readonly Annotation[],
  { labels, unit, siteZone, timeZone }: MarkedChart,
): MarksByPlace {
  const marks = new Map<number, string[]>();
  const starts = labels.map(minuteOf);
  const last = labels.at(-1);
  const end = last === undefined ? "" : minuteOf(following(last, unit) ?? last);
  for (const { when, text } of annotations) {
    const at = minuteOf(siteZone === timeZone ? when : inZone(when, siteZone, timeZone));
    const place = starts.findLastIndex((start) => start <= at);
    if (place === -1 || at >= end) continue;
    const others = marks.get(place);
    if (others === undefined) marks.set(place, [text]);
    else others.push(text);
  }
  return marks;
}

/** A date is the same one everywhere. */
function inZone(when: string, from: string, to: string): string {
  if (when.length === 10) return when;
  const asUtc = Date.parse(`${when}Z`);
  const there = Date.parse(`${localTime(new Date(asUtc).toISOString(), from)}Z`);
  return localTime(new Date(2 * asUtc - there).toISOString(), to);
}

/** Dates and times that compare as texts. */
function minuteOf(label: string): string {
  return label.length === 10 ? `${label}T00:00` : label.slice(0, 16);
}

import { DAY_MS } from "../../../event/day.ts";
import type { DatesRange, Interval, TimeRange } from "../report-query.ts";
import { offsetPieces } from "./offset-pieces.ts";

/** Offsets are at most 16 hours, and no change of the clocks skips more than a day. */
const EDGE_MS = 2 * DAY_MS;

/** Returns the instants at which the clocks of a zone show one of the dates. */
export function rangeOfDates(timeZone: string, { from, to }: Omit<DatesRange, "kind">): TimeRange {
  const start = edgeBefore(from, timeZone);
  const end = edgeBefore(addDays(to, 1), timeZone);
  return {
    fromMs: start.firstMs,
    toMs: end.lastMs,
    gaps: [...start.backBefore, ...end.aheadAfter],
  };
}

export function addDays(date: string, days: number): string {
  return Temporal.PlainDate.from(date).add({ days }).toString();
}

/** Where a date begins. Where clocks go back past midnight, it begins twice. */
interface Edge {
  /** When clocks first show the date or a later one. */
  readonly firstMs: number;
  /** When clocks last showed an earlier date. */
  readonly lastMs: number;
  /** Between the two, when clocks show an earlier date again, and when they show the date already. */
  readonly backBefore: readonly Interval[];
  readonly aheadAfter: readonly Interval[];
}

function edgeBefore(date: string, timeZone: string): Edge {
  const midnightMs = Date.parse(date);
  const around = { fromMs: midnightMs - EDGE_MS, toMs: midnightMs + EDGE_MS };
  const before: Interval[] = [];
  const after: Interval[] = [];
  for (const { fromMs, toMs, offsetMs } of offsetPieces(timeZone, around)) {
    const splitMs = Math.min(Math.max(midnightMs - offsetMs, fromMs), toMs);
    if (fromMs < splitMs) before.push({ fromMs, toMs: splitMs });
    if (splitMs < toMs) after.push({ fromMs: splitMs, toMs });
  }
  const firstMs = after[0]?.fromMs ?? midnightMs;
  const lastMs = before.at(-1)?.toMs ?? midnightMs;
  return {
    firstMs,
    lastMs,
    backBefore: before.filter(({ fromMs }) => fromMs >= firstMs),
    aheadAfter: after.filter(({ toMs }) => toMs <= lastMs),
  };
}

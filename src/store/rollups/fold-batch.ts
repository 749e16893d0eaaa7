import type { AnalyticsEvent } from "../../event/event.ts";
import { inKeyOrder } from "../in-key-order.ts";
import type { Rollup, SiteDate } from "./rollup.ts";
import { ROLLUPS } from "./rollups.ts";

export interface DayRow extends SiteDate {
  readonly views: number;
}

export interface KeyRow extends DayRow {
  readonly key: string;
}

export interface RollupRows {
  readonly rollup: Rollup;
  readonly rows: readonly KeyRow[];
}

/** Keys are distinct, since an upsert fails on a repeated one (SQLSTATE 21000), and sorted, so that batches cannot deadlock. */
export interface FoldedBatch {
  readonly days: readonly DayRow[];
  readonly rollups: readonly RollupRows[];
}

interface Day {
  views: number;
  /** By rollup and key. */
  readonly counts: readonly Map<string, number>[];
}

/** Nested maps take half the time of one map with joined keys. */
export function foldBatch(
  events: readonly AnalyticsEvent[],
  rollups: readonly Rollup[] = ROLLUPS,
): FoldedBatch {
  const days: DayRow[] = [];
  const rowsOf = rollups.map((): KeyRow[] => []);
  for (const [siteId, dates] of inKeyOrder(countByDay(events, rollups))) {
    for (const [date, { views, counts }] of inKeyOrder(dates)) {
      days.push({ siteId, date, views });
      for (const [index, byKey] of counts.entries()) {
        for (const [key, ofKey] of inKeyOrder(byKey)) {
          rowsOf[index]?.push({ siteId, date, key, views: ofKey });
        }
      }
    }
  }
  return {
    days,
    rollups: rollups.map((rollup, index) => ({ rollup, rows: rowsOf[index] ?? [] })),
  };
}

function countByDay(
  events: readonly AnalyticsEvent[],
  rollups: readonly Rollup[],
): ReadonlyMap<string, ReadonlyMap<string, Day>> {
  const sites = new Map<string, Map<string, Day>>();
  for (const event of events) {
    const day = sites
      .getOrInsertComputed(event.siteId, () => new Map<string, Day>())
      .getOrInsertComputed(event.timestamp.slice(0, 10), () => ({
        views: 0,
        counts: rollups.map(() => new Map<string, number>()),
      }));
    day.views += 1;
    for (const [index, { key }] of rollups.entries()) {
      const byKey = day.counts[index];
      const value = key.of(event);
      byKey?.set(value, (byKey.get(value) ?? 0) + 1);
    }
  }
  return sites;
}

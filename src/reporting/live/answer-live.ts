import { columnsOf } from "../fold/columns-of.ts";
import { foldReport } from "../fold/fold-report.ts";
import type { FoldedReport, MetricValue } from "../fold/folded-report.ts";
import type { Turn } from "../questions/fold-turns.ts";
import type { Answer, LiveQuestion } from "../questions/messages.ts";
import { siteSettings } from "../site-settings.ts";
import { openSiteSnapshot } from "../snapshot/open-site-snapshot.ts";
import type { SnapshotSource } from "../snapshot/snapshot-source.ts";
import { keepingDays } from "./keeping-days.ts";
import { LIVE_WINDOW_MS, TOP_PAGES } from "./limits.ts";
import { type LivePlans, livePlans } from "./live-plans.ts";

/** Read: those of half an hour. */
const EVENTS_MAX = 100_000_000;
const encoder = new TextEncoder();

/** Answers `/live` from one snapshot: its numbers are those that the same questions to `/query` would have. */
export async function answerLive(
  { siteId, freshness }: LiveQuestion,
  source: SnapshotSource,
  turn: Turn,
): Promise<Answer> {
  const planned = Promise.withResolvers<LivePlans>();
  const snapshot = await openSiteSnapshot(source, {
    siteId,
    signal: turn.signal,
    eventsMax: EVENTS_MAX,
    pause: () => turn.pause(),
    choose: ({ settings, asOfMs }) => {
      const plans = livePlans(siteId, siteSettings(settings), asOfMs);
      planned.resolve(plans);
      return { columns: columnsOfAll(plans), orderMatters: false, within: plans.within };
    },
  });
  try {
    const plans = await planned.promise;
    const kept = keepingDays(snapshot);
    const visitors = await foldReport(plans.visitors, kept, turn);
    const pages = await foldReport(plans.pages, kept, turn);
    const minutes = await foldReport(plans.minutes, kept, turn);
    const answer = {
      site_id: siteId,
      visitors: numberOf(visitors.rows[0]?.metrics[0]),
      window_s: LIVE_WINDOW_MS / 1_000,
      top_pages: topPages(pages),
      minutes: minutesOf(minutes, plans.labels),
      as_of: new Date(snapshot.asOfMs).toISOString(),
      ...(freshness && { pending: freshness.pending, lag_ms: Math.round(freshness.lagMs) }),
    };
    return { body: encoder.encode(JSON.stringify(answer)) };
  } finally {
    snapshot.end();
  }
}

function columnsOfAll({ visitors, pages, minutes }: LivePlans) {
  return new Set([visitors, pages, minutes].flatMap((plan) => [...columnsOf(plan).columns]));
}

function topPages({ rows }: FoldedReport) {
  return rows
    .flatMap(({ dimensions: [path], metrics: [visitors] }) =>
      typeof path === "string" ? [{ path, visitors: numberOf(visitors) }] : [],
    )
    .slice(0, TOP_PAGES);
}

/** Minutes without events have no row. */
function minutesOf({ rows }: FoldedReport, labels: readonly string[]) {
  const byLabel = new Map(rows.map(({ dimensions: [label], metrics }) => [label, metrics]));
  return labels.map((minute) => {
    const [visitors, pageviews] = byLabel.get(minute) ?? [];
    return { minute, visitors: numberOf(visitors), pageviews: numberOf(pageviews) };
  });
}

function numberOf(value: MetricValue | undefined): number {
  return typeof value === "number" ? value : 0;
}

import type { Interval, ReportPlan, SiteSettings } from "../query/report-query.ts";
import { LIVE_MINUTES, LIVE_WINDOW_MS, TOP_PAGES } from "./limits.ts";

const MINUTE_MS = 60_000;
/** A sender's clock may be ahead of this one: such an event counts as one of now. */
const AHEAD_MS = MINUTE_MS;

export interface LivePlans {
  readonly visitors: ReportPlan;
  readonly pages: ReportPlan;
  readonly minutes: ReportPlan;
  /** Of the minutes, in their order. */
  readonly labels: readonly string[];
  /** Has all events that the plans count. */
  readonly within: Interval;
}

/** Returns what `/live` asks for. The last of its minutes is the current one. */
export function livePlans(siteId: string, settings: SiteSettings, asOfMs: number): LivePlans {
  const nowMs = Math.floor(asOfMs);
  const toMs = nowMs + AHEAD_MS;
  const thisMinuteMs = nowMs - (nowMs % MINUTE_MS);
  const starts = Array.from(
    { length: LIVE_MINUTES },
    (_, i) => thisMinuteMs + (i + 1 - LIVE_MINUTES) * MINUTE_MS,
  );
  const labels = starts.map(minuteLabel);
  const [fromMs = thisMinuteMs] = starts;
  const plan: Omit<ReportPlan, "dimensions" | "range" | "limit"> = {
    siteId,
    metrics: ["visitors"],
    goals: [],
    timeZone: settings.timeZone,
    pageViewTypes: new Set(settings.pageViewTypes),
    include: { timeLabels: false, totalRows: false },
    orderBy: [],
    offset: 0,
  };
  const window = { fromMs: nowMs - LIVE_WINDOW_MS, toMs, gaps: [] };
  return {
    visitors: { ...plan, dimensions: [], range: window, limit: 1 },
    pages: {
      ...plan,
      dimensions: ["event:page"],
      orderBy: [{ by: "visitors", direction: "desc" }],
      range: window,
      // One more, since events without a path have a row.
      limit: TOP_PAGES + 1,
    },
    minutes: {
      ...plan,
      metrics: ["visitors", "pageviews"],
      dimensions: ["time:minute"],
      range: { fromMs, toMs, gaps: [] },
      buckets: { starts, rows: starts.map((_, i) => i), labels },
      limit: LIVE_MINUTES,
    },
    labels,
    within: { fromMs, toMs },
  };
}

function minuteLabel(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, "YYYY-MM-DDTHH:MM:SS".length)}Z`;
}

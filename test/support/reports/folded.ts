import { DAY_MS } from "../../../src/event/day.ts";
import { foldReport } from "../../../src/reporting/fold/fold-report.ts";
import type { FoldedReport } from "../../../src/reporting/fold/folded-report.ts";
import type {
  Filter,
  FilterDimension,
  Metric,
  Operator,
  ReportPlan,
} from "../../../src/reporting/query/report-query.ts";
import { type MemorySnapshot, memorySnapshot } from "./memory-snapshot.ts";
import type { PlainEvent } from "./plain-event.ts";

/** The day that `folded` asks for. */
export const DAY_START_MS = Date.UTC(2026, 0, 15);

/** An event of user "ann" on page "/", unless the fields say otherwise, at a time of the day: "10:00", or "-00:10" for the day before. */
export function event(time: string, fields: Partial<PlainEvent> = {}): PlainEvent {
  return {
    at: DAY_START_MS + offsetOf(time),
    user: "ann",
    event_type: "page_view",
    path: "/",
    ...fields,
  };
}

export function offsetOf(time: string): number {
  const sign = time.startsWith("-") ? -1 : 1;
  const [hours = 0, minutes = 0, seconds = 0] = time.replace("-", "").split(":").map(Number);
  return sign * ((hours * 60 + minutes) * 60 + seconds) * 1_000;
}

/** A plan for the day, in UTC. */
export function planOf(plan: Partial<ReportPlan> & { metrics: readonly Metric[] }): ReportPlan {
  return {
    siteId: "site",
    dimensions: [],
    goals: [],
    range: { fromMs: DAY_START_MS, toMs: DAY_START_MS + DAY_MS, gaps: [] },
    timeZone: "UTC",
    pageViewTypes: new Set(["page_view", "pageview"]),
    include: { timeLabels: false, totalRows: false },
    orderBy: [],
    limit: 100,
    offset: 0,
    ...plan,
  };
}

export function match(
  dimension: FilterDimension,
  operator: Operator,
  ...values: (string | null)[]
): Filter {
  return { kind: "match", operator, dimension, values, isCaseSensitive: true };
}

export function folded(
  events: readonly PlainEvent[],
  plan: Partial<ReportPlan> & { metrics: readonly Metric[] },
  snapshot: MemorySnapshot = memorySnapshot(events),
): Promise<FoldedReport> {
  const turn = { pause: () => undefined, signal: new AbortController().signal };
  return foldReport(planOf(plan), snapshot, turn);
}

/** Returns the rows as the dimensions followed by the metrics. */
export async function foldedRows(
  events: readonly PlainEvent[],
  plan: Partial<ReportPlan> & { metrics: readonly Metric[] },
): Promise<unknown[][]> {
  const { rows } = await folded(events, plan);
  return rows.map(({ dimensions, metrics }) => [...dimensions, ...metrics]);
}

import { DAY_MS } from "../../event/day.ts";
import type { ReportPlan } from "../query/report-query.ts";
import type { SiteSnapshot } from "../snapshot/site-snapshot.ts";
import { DayReader } from "./days/day-reader.ts";
import { maskOf } from "./events/event-parts.ts";
import { EventStream } from "./events/event-stream.ts";
import { EventFields } from "./fields/event-fields.ts";
import { RangeFold } from "./fold-range.ts";
import type { Turn } from "./folded-report.ts";
import type { EventMetric } from "./metrics/event-metric.ts";
import { paceOf } from "./pace.ts";
import { RangeSums } from "./range-sums.ts";
import { RowKeys } from "./rows/row-keys.ts";

/**
 * Returns 1 for each event of a UTC day that lies in a plan's range and passes its filter, else 0: those that the metric `events`
 * counts. Throws as `foldReport` does.
 */
export async function selectEvents(
  plan: ReportPlan,
  snapshot: SiteSnapshot,
  { date, count, turn }: { readonly date: string; readonly count: number; readonly turn: Turn },
): Promise<Uint8Array<ArrayBuffer>> {
  const passes = new Uint8Array(count);
  const sums = sumsOfDay(plan, date);
  const { fields, values } = sums;
  const mask = maskOf([plan.filter], { fields, visits: values, areOfVisit: false });
  const keys = new RowKeys(0, () => 1);
  const stream = new EventStream({ mask, keys, sources: [], metrics: [marker(passes)] });
  sums.events?.streams.splice(0, Number.POSITIVE_INFINITY, stream);
  await new RangeFold(sums, new DayReader(snapshot), paceOf(turn)).run();
  return passes;
}

function sumsOfDay(plan: ReportPlan, date: string): RangeSums {
  const dayMs = Date.parse(date);
  const range = {
    fromMs: Math.max(plan.range.fromMs, dayMs),
    toMs: Math.min(plan.range.toMs, dayMs + DAY_MS),
    gaps: plan.range.gaps,
  };
  const ofEvents: ReportPlan = { ...plan, metrics: ["events"], dimensions: [] };
  return new RangeSums({ plan: ofEvents, range, buckets: undefined }, new EventFields());
}

function marker(passes: Uint8Array): EventMetric {
  return {
    prepare: () => Promise.resolve(),
    add: ({ events, count }) => {
      for (let at = 0; at < count; at++) passes[events[at] ?? 0] = 1;
    },
  };
}

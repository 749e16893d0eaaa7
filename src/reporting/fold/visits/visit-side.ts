import type { Filter, Metric, ReportPlan } from "../../query/report-query.ts";
import { maskOf } from "../events/event-parts.ts";
import type { Selection } from "../events/selection.ts";
import type { ValueOfRow } from "../events/side.ts";
import type { ValueContext } from "../fields/value-source.ts";
import type { EventMask } from "../filters/event-mask.ts";
import { DistinctPairs } from "../ids/distinct-pairs.ts";
import { VisitSums } from "../metrics/visit-sums.ts";
import type { Pace } from "../pace.ts";
import { sourcesOf } from "../rows/plan-rows.ts";
import type { KeySource, RowKeys } from "../rows/row-keys.ts";
import { interactionsPass, pageViewsPass } from "./count-passes.ts";
import { VisitStream } from "./visit-stream.ts";
import type { VisitTable } from "./visit-table.ts";

const WHOLE_VISIT_METRICS: ReadonlySet<Metric> = new Set([
  "bounce_rate",
  "views_per_visit",
  "visit_duration",
]);

export interface VisitParts {
  readonly plan: ReportPlan;
  readonly context: ValueContext;
  readonly table: VisitTable;
  readonly keys: RowKeys;
}

/** The metrics of visits. */
export class VisitSide {
  readonly streams: readonly VisitStream[];
  readonly values: ReadonlyMap<Metric, ValueOfRow>;
  /** Whether a visit's later events matter, besides values that may change. */
  readonly needsEnds: boolean;
  /** The visits of rows that have an event of the visit, which may have several. */
  readonly #byEvent: VisitsByEvent | undefined;
  readonly #sums: VisitSums;

  constructor(parts: VisitParts) {
    const { plan, context, table } = parts;
    const isByEvent = plan.dimensions.some((dimension) => dimension.startsWith("event:"));
    const sums = new VisitSums(table);
    this.#sums = sums;
    this.#byEvent = isByEvent ? new VisitsByEvent() : undefined;
    const types = context.fields.column("event_type");
    if (plan.metrics.includes("bounce_rate")) {
      context.visits.passes.push(interactionsPass(types, table));
    }
    if (plan.metrics.includes("views_per_visit")) {
      context.visits.passes.push(pageViewsPass(types, plan.pageViewTypes, table));
    }
    this.streams = filtersOf(plan).map(({ filter, goal }) => {
      const sources = sourcesOf(plan.dimensions, context, goal);
      return this.#stream(parts, maskOf(filter, context), sources);
    });
    const isWhole = plan.metrics.some((metric) => WHOLE_VISIT_METRICS.has(metric));
    this.needsEnds = isWhole || this.streams.some(({ needsEvents }) => needsEvents);
    this.values = new Map<Metric, ValueOfRow>([
      ["visits", (row) => this.#visits(row)],
      ["bounce_rate", (row) => sums.bounceRate(row)],
      ["views_per_visit", (row) => sums.viewsPerVisit(row)],
      ["visit_duration", (row) => sums.durationSeconds(row)],
    ]);
  }

  has(row: number): boolean {
    return this.#visits(row) > 0;
  }

  /** Frees memory. Call it between days. */
  async compact(pace: Pace): Promise<void> {
    await this.#byEvent?.compact(pace);
  }

  async finish(pace: Pace): Promise<void> {
    await this.#byEvent?.finish(pace);
  }

  #visits(row: number): number {
    return this.#byEvent?.of(row) ?? this.#sums.visits(row);
  }

  #stream(
    { keys, table }: VisitParts,
    mask: EventMask | undefined,
    sources: KeySource[],
  ): VisitStream {
    const byEvent = this.#byEvent;
    const isByEvent = byEvent !== undefined;
    const add = (selection: Selection) => {
      if (isByEvent) byEvent.add(selection);
      else this.#sums.add(selection, keys.size);
    };
    return new VisitStream({ mask, keys, sources, table, isByEvent, add });
  }
}

/** Counts the distinct visits of each row. */
class VisitsByEvent {
  readonly #distinct = new DistinctPairs();
  #counts: Int32Array = new Int32Array(0);

  of(row: number): number {
    return this.#counts[row] ?? 0;
  }

  add({ groups, visits, count }: Selection): void {
    this.#distinct.add(groups, visits, count);
  }

  compact(pace: Pace): Promise<void> {
    return this.#distinct.compact(pace);
  }

  async finish(pace: Pace): Promise<void> {
    this.#counts = await this.#distinct.counts(pace);
  }
}

/** Returns the filters of each goal where the goal is a dimension, otherwise those of the plan. */
function filtersOf({
  dimensions,
  filter,
  goals,
}: ReportPlan): { filter: (Filter | undefined)[]; goal: number }[] {
  if (!dimensions.includes("event:goal")) return [{ filter: [filter], goal: 0 }];
  return goals.map((goal, at) => ({ filter: [filter, goal.filter], goal: at }));
}

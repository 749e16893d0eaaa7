import type { Metric, ReportPlan, TimeBuckets, TimeRange } from "../query/report-query.ts";
import { TimeRows } from "./days/time-rows.ts";
import { EventSide } from "./events/event-side.ts";
import type { ValueOfRow } from "./events/side.ts";
import { Visitors } from "./events/visitors.ts";
import type { EventFields } from "./fields/event-fields.ts";
import type { RowValues } from "./folded-report.ts";
import type { Pace } from "./pace.ts";
import { hasEventMetrics, hasVisitMetrics } from "./plan-kinds.ts";
import { type DimensionNames, namesOf, rowKeys } from "./rows/plan-rows.ts";
import type { RowKeys } from "./rows/row-keys.ts";
import { VisitSide } from "./visits/visit-side.ts";
import { VisitTable } from "./visits/visit-table.ts";
import { VisitValues } from "./visits/visit-values.ts";

/** A plan for one of its ranges. */
export interface RangePlan {
  readonly plan: ReportPlan;
  readonly range: TimeRange;
  readonly buckets: TimeBuckets | undefined;
}

/** What the days of a range are folded into. */
export class RangeSums {
  readonly plan: ReportPlan;
  readonly range: TimeRange;
  readonly fields: EventFields;
  readonly timeRows: TimeRows;
  readonly table = new VisitTable();
  readonly values: VisitValues;
  readonly visitors: Visitors;
  readonly names: readonly DimensionNames[];
  readonly keys: RowKeys;
  readonly events: EventSide | undefined;
  readonly visits: VisitSide | undefined;
  /** Whether metrics of events look at values of their visits, and so at the whole visit. */
  readonly areWholeVisitsRead: boolean;
  /** Whether they look at values that may change until the visit ends. */
  readonly areLaterEventsRead: boolean;

  constructor({ plan, range, buckets }: RangePlan, fields: EventFields) {
    this.plan = plan;
    this.range = range;
    this.fields = fields;
    this.timeRows = new TimeRows(range, buckets);
    this.values = new VisitValues(fields, this.table);
    this.visitors = new Visitors({ timeZone: plan.timeZone, range, fields });
    const isOfEvents = hasEventMetrics(plan);
    const ofEvents = { fields, visits: this.values, areOfVisit: false };
    const ofVisits = { ...ofEvents, areOfVisit: true };
    const named = { plan, buckets, context: isOfEvents ? ofEvents : ofVisits };
    this.names = namesOf(plan.dimensions, named);
    this.keys = rowKeys(this.names);
    const others = plan.dimensions.filter((dimension) => dimension !== "event:goal");
    if (isOfEvents) {
      this.events = new EventSide({
        plan,
        context: ofEvents,
        visitors: this.visitors,
        keys: this.keys,
        otherKeys: rowKeys(namesOf(others, named)),
        isInOrder: this.timeRows.areOrdered,
      });
    }
    this.areWholeVisitsRead = isOfEvents && !this.values.isEmpty;
    this.areLaterEventsRead = isOfEvents && this.values.mayChange;
    if (hasVisitMetrics(plan)) {
      const { table, keys } = this;
      this.visits = new VisitSide({ plan, context: ofVisits, table, keys });
    }
    if (this.areVisitsRead) {
      fields.columns.add("users");
      fields.column("event_type");
    }
  }

  get areVisitsRead(): boolean {
    return (
      this.visits !== undefined ||
      !this.values.isEmpty ||
      this.plan.metrics.includes("time_on_page")
    );
  }

  /** Whether a visit is counted only when it has ended. */
  get areEndsRead(): boolean {
    if (this.areLaterEventsRead) return true;
    return this.visits !== undefined && (this.values.mayChange || this.visits.needsEnds);
  }

  async finish(pace: Pace): Promise<void> {
    for (const finisher of this.events?.finishers ?? []) await finisher.finish(pace);
    await this.visits?.finish(pace);
  }

  /** Whether an event or a visit counts in the row. */
  has(row: number): boolean {
    return this.events?.has(row) === true || this.visits?.has(row) === true;
  }

  /** Returns what counts in a row that the keys know, or in one that they do not. */
  valuesOf(ids: readonly number[]): RowValues {
    const row = this.keys.find(ids);
    return {
      dimensions: this.names.map(({ nameOf }, at) => nameOf(ids[at] ?? 0)),
      metrics: this.plan.metrics.map((metric) => this.#reader(metric)(row, () => ids)),
    };
  }

  /** Returns null for a metric that is no number. */
  numberOf(metric: Metric, row: number): number | null {
    const value = this.#reader(metric)(row, () => this.keys.idsOf(row));
    return typeof value === "number" ? value : null;
  }

  #reader(metric: Metric): ValueOfRow {
    const read = this.events?.values.get(metric) ?? this.visits?.values.get(metric);
    if (read === undefined) throw new Error(`No sums for ${metric}`);
    return read;
  }
}

import { roundedRate } from "../../answer/rounding.ts";
import { EventCount, PageViewCount } from "../metrics/event-count.ts";
import type { EventMetric } from "../metrics/event-metric.ts";
import { TimeOnPage } from "../metrics/time-on-page.ts";
import { sourcesOf } from "../rows/plan-rows.ts";
import { RowKeys } from "../rows/row-keys.ts";
import { addConversions } from "./conversions.ts";
import { asks, countAllVisitors, countVisitors, type EventParts, maskOf } from "./event-parts.ts";
import { EventStream } from "./event-stream.ts";
import { Side } from "./side.ts";

/** The metrics of events. */
export class EventSide extends Side {
  readonly #events = new EventCount();

  constructor(parts: EventParts) {
    super();
    const { plan, context, keys } = parts;
    const metrics: EventMetric[] = [this.#events];
    this.values.set("events", (row) => this.#events.of(row));
    if (asks(parts, "pageviews")) metrics.push(this.#pageViews(parts));
    if (asks(parts, "time_on_page")) metrics.push(this.#timeOnPage(parts));
    if (asks(parts, "visitors", "percentage")) metrics.push(this.#visitors(parts));
    if (plan.dimensions.includes("event:goal")) addConversions(this, parts, metrics);
    else {
      const mask = maskOf([plan.filter], context);
      const sources = sourcesOf(plan.dimensions, context);
      this.streams.push(new EventStream({ mask, keys, sources, metrics }));
      if (asks(parts, "conversions", "conversion_rate", "revenue")) addConversions(this, parts);
    }
  }

  /** Whether an event counts in the row. */
  has(row: number): boolean {
    return this.#events.of(row) > 0;
  }

  #pageViews({ plan, context }: EventParts): EventMetric {
    const count = new PageViewCount(context.fields.column("event_type"), plan.pageViewTypes);
    this.values.set("pageviews", (row) => count.of(row));
    return count;
  }

  #timeOnPage({ context: { fields } }: EventParts): EventMetric {
    fields.columns.add("engaged_ms");
    const time = this.finishing(new TimeOnPage(fields.column("path")));
    this.values.set("time_on_page", (row) => time.of(row));
    return time;
  }

  #visitors(parts: EventParts): EventMetric {
    const visitors = this.finishing(countVisitors(parts));
    this.values.set("visitors", (row) => visitors.of(row));
    this.visitorsOf.set("visitors", visitors);
    if (asks(parts, "percentage")) {
      const { plan, context } = parts;
      const all = this.finishing(countAllVisitors(parts));
      const mask = maskOf([plan.filter], context);
      const keys = new RowKeys(0, () => 1);
      this.streams.push(new EventStream({ mask, keys, sources: [], metrics: [all] }));
      this.visitorsOf.set("percentage", all);
      this.values.set("percentage", (row) => roundedRate(visitors.of(row), all.of(0)));
    }
    return visitors;
  }
}

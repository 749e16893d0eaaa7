import { roundedSeconds } from "../../answer/rounding.ts";
import type { FoldDay } from "../days/fold-day.ts";
import { SPAN_EVENTS } from "../days/spans.ts";
import type { Selection } from "../events/selection.ts";
import type { EventField } from "../fields/event-field.ts";
import { DistinctPairs } from "../ids/distinct-pairs.ts";
import { GrowingSums } from "../ids/growing.ts";
import { PairIds } from "../ids/pair-ids.ts";
import type { Pace } from "../pace.ts";
import type { EventMetric } from "./event-metric.ts";

/** The mean of `engaged_ms` over the visits of each page that have any. */
export class TimeOnPage implements EventMetric {
  readonly #paths: EventField;
  readonly #sumsMs = new GrowingSums();
  readonly #pages = new PairIds();
  readonly #distinct = new DistinctPairs();
  readonly #groups = new Int32Array(SPAN_EVENTS);
  readonly #numbers = new Int32Array(SPAN_EVENTS);
  #counts: Int32Array = new Int32Array(0);

  constructor(paths: EventField) {
    this.#paths = paths;
  }

  of(row: number): number | null {
    return roundedSeconds(this.#sumsMs.values[row] ?? 0, this.#counts[row] ?? 0);
  }

  async prepare(day: FoldDay, pace: Pace): Promise<void> {
    await this.#paths.prepare(day, pace);
    await this.#distinct.compact(pace);
  }

  add({ groups, events, visits, count }: Selection, day: FoldDay, rows: number): void {
    const sumsMs = this.#sumsMs.ensure(rows);
    const { engagedMs } = day.events;
    const paths = this.#paths.dayIds(day);
    if (engagedMs === undefined || paths === undefined) return;
    let found = 0;
    for (let at = 0; at < count; at++) {
      const event = events[at] ?? 0;
      const visit = visits[at] ?? 0;
      const ms = engagedMs[event] ?? -1;
      if (visit < 0 || ms < 0) continue;
      const group = groups[at] ?? 0;
      sumsMs[group] = (sumsMs[group] ?? 0) + ms;
      this.#groups[found] = group;
      this.#numbers[found] = this.#pages.idOf(visit, paths.ids[paths.index[event] ?? 0] ?? 0);
      found++;
    }
    this.#distinct.add(this.#groups, this.#numbers, found);
  }

  async finish(pace: Pace): Promise<void> {
    this.#counts = await this.#distinct.counts(pace);
  }
}

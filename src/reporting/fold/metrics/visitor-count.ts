import type { FoldDay } from "../days/fold-day.ts";
import { SPAN_EVENTS } from "../days/spans.ts";
import type { Selection } from "../events/selection.ts";
import type { Visitors } from "../events/visitors.ts";
import type { Distinct } from "../ids/distinct.ts";
import type { Pace } from "../pace.ts";
import type { EventMetric } from "./event-metric.ts";

export class VisitorCount implements EventMetric {
  readonly #visitors: Visitors;
  readonly #distinct: Distinct;
  readonly #numbers = new Int32Array(SPAN_EVENTS);
  /** Local dates of daily visitors. */
  readonly #dailyDates = new Set<number>();
  #counts: Int32Array = new Int32Array(0);

  constructor(visitors: Visitors, distinct: Distinct) {
    this.#visitors = visitors;
    this.#distinct = distinct;
  }

  /** Whether a visitor counts once for each of several dates. */
  get isDailySum(): boolean {
    return this.#dailyDates.size > 1;
  }

  of(row: number): number {
    return this.#counts[row] ?? 0;
  }

  async prepare(day: FoldDay, pace: Pace): Promise<void> {
    await this.#visitors.prepare(day, pace);
    await this.#distinct.compact(pace);
  }

  add({ groups, events, count }: Selection, day: FoldDay): void {
    this.#visitors.fill(day, events, count, this.#numbers);
    this.#distinct.add(groups, this.#numbers, count);
    if (!this.isDailySum) this.#visitors.noteDailyDates(this.#numbers, count, this.#dailyDates);
  }

  async finish(pace: Pace): Promise<void> {
    this.#counts = await this.#distinct.counts(pace);
  }
}

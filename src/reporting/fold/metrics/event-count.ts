import type { FoldDay } from "../days/fold-day.ts";
import type { Selection } from "../events/selection.ts";
import type { EventField } from "../fields/event-field.ts";
import { Verdicts } from "../filters/verdicts.ts";
import { GrowingInts } from "../ids/growing.ts";
import type { Pace } from "../pace.ts";
import type { EventMetric } from "./event-metric.ts";

export class EventCount implements EventMetric {
  readonly #counts = new GrowingInts();

  of(row: number): number {
    return this.#counts.values[row] ?? 0;
  }

  prepare(): Promise<void> {
    return Promise.resolve();
  }

  add({ groups, count }: Selection, _day: FoldDay, rows: number): void {
    const counts = this.#counts.ensure(rows);
    for (let at = 0; at < count; at++) {
      const group = groups[at] ?? 0;
      counts[group] = (counts[group] ?? 0) + 1;
    }
  }
}

export class PageViewCount implements EventMetric {
  readonly #counts = new GrowingInts();
  readonly #types: EventField;
  readonly #verdicts: Verdicts;

  constructor(types: EventField, pageViewTypes: ReadonlySet<string>) {
    this.#types = types;
    this.#verdicts = new Verdicts((type) => type !== null && pageViewTypes.has(type));
  }

  of(row: number): number {
    return this.#counts.values[row] ?? 0;
  }

  async prepare(day: FoldDay, pace: Pace): Promise<void> {
    await this.#types.prepare(day, pace);
    await this.#verdicts.prepare(this.#types.ids, pace);
  }

  add({ groups, events, count }: Selection, day: FoldDay, rows: number): void {
    const counts = this.#counts.ensure(rows);
    const known = this.#types.dayIds(day);
    if (known === undefined) return;
    const { index, ids } = known;
    const { table } = this.#verdicts;
    for (let at = 0; at < count; at++) {
      const group = groups[at] ?? 0;
      const isPageView = table[ids[index[events[at] ?? 0] ?? 0] ?? 0] ?? 0;
      counts[group] = (counts[group] ?? 0) + isPageView;
    }
  }
}

import type { TextColumnName } from "../../../event/text-columns.ts";
import type { Texts } from "../../columns/day-events.ts";
import type { FoldDay } from "../days/fold-day.ts";
import { TextIds } from "../ids/text-ids.ts";
import { type Pace, paused } from "../pace.ts";
import { propertyText } from "./property-text.ts";

/** Distinct texts numbered between two looks at the time. */
const BLOCK = 8_192;

/** The ids of a day's values: an event's is `ids[index[event]]`. */
export interface DayIds {
  readonly index: Uint32Array;
  readonly ids: Int32Array;
}

/** A value that each event has of its own: a column's, or that of a property. */
export class EventField {
  readonly column: TextColumnName;
  readonly ids: TextIds;
  readonly #property: Uint8Array | undefined;
  readonly #days = new WeakMap<FoldDay, DayIds>();

  constructor(column: TextColumnName, property?: string) {
    this.column = column;
    this.ids = new TextIds();
    // As PostgreSQL prints a key.
    this.#property = property === undefined ? undefined : Buffer.from(JSON.stringify(property));
  }

  /** Numbers the day's values. Before that, `dayIds` knows none. */
  async prepare(day: FoldDay, pace: Pace): Promise<void> {
    if (this.#days.has(day)) return;
    const column = day.events.texts[this.column];
    if (column === undefined) return;
    const ids = new Int32Array(column.ends.length + 1);
    for (let from = 0; from < column.ends.length; from += BLOCK) {
      this.#number(column, ids, from, Math.min(from + BLOCK, column.ends.length));
      await paused(pace);
    }
    this.#days.set(day, { index: column.index, ids });
  }

  /** Returns undefined where no event of the day has a value. */
  dayIds(day: FoldDay): DayIds | undefined {
    return this.#days.get(day);
  }

  #number({ bytes, ends }: Texts, ids: Int32Array, from: number, to: number): void {
    let start = from === 0 ? 0 : (ends[from - 1] ?? 0);
    for (let at = from; at < to; at++) {
      const end = ends[at] ?? 0;
      ids[at + 1] = this.#idOf(bytes, start, end);
      start = end;
    }
  }

  #idOf(bytes: Uint8Array, from: number, to: number): number {
    if (this.#property === undefined) return this.ids.idOf(bytes, from, to);
    return this.ids.idOfText(propertyText(bytes, { from, to, key: this.#property }));
  }
}

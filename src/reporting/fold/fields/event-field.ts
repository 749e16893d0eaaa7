import type { TextColumnName } from "../../../event/text-columns.ts";
import type { Texts } from "../../columns/day-events.ts";
import type { FoldDay } from "../days/fold-day.ts";
import { TextIds } from "../ids/text-ids.ts";
import type { Vocabulary } from "../ids/vocabulary.ts";
import { type Pace, paused } from "../pace.ts";
import type { ReadProperties } from "./properties-text.ts";

/** Distinct texts of properties that are read between two looks at the time. */
const BLOCK = 8_192;

/** The ids of a day's values: an event's is `ids[index[event]]`. */
export interface DayIds {
  readonly index: Uint32Array;
  readonly ids: Int32Array;
}

/** A value that each event has of its own: a column's, or what follows from its properties. */
export class EventField {
  readonly column: TextColumnName;
  readonly ids: TextIds;
  readonly #read: ReadProperties | undefined;
  readonly #days = new WeakMap<FoldDay, DayIds>();

  /** @param vocabulary of the column, for a value that is the column's. */
  constructor(column: TextColumnName, value: Vocabulary | ReadProperties) {
    this.column = column;
    if (typeof value === "function") {
      this.ids = new TextIds();
      this.#read = value;
    } else this.ids = new TextIds(value);
  }

  /** Numbers the day's values. Before that, `dayIds` knows none. */
  async prepare(day: FoldDay, pace: Pace): Promise<void> {
    if (this.#days.has(day)) return;
    const column = day.events.texts[this.column];
    if (column === undefined) return;
    const { index } = column;
    const ids =
      this.#read === undefined
        ? this.ids.idsOf(await this.ids.vocabulary.numbersOf(column, pace))
        : await this.#readIds(column, this.#read, pace);
    this.#days.set(day, { index, ids });
  }

  /** Returns undefined where no event of the day has a value. */
  dayIds(day: FoldDay): DayIds | undefined {
    return this.#days.get(day);
  }

  async #readIds({ bytes, ends }: Texts, read: ReadProperties, pace: Pace): Promise<Int32Array> {
    const ids = new Int32Array(ends.length + 1);
    for (let at = 0; at < ends.length; at++) {
      const from = at === 0 ? 0 : (ends[at - 1] ?? 0);
      ids[at + 1] = this.ids.idOfText(read(bytes, { from, to: ends[at] ?? 0 }));
      if (at % BLOCK === BLOCK - 1) await paused(pace);
    }
    return ids;
  }
}

import type { TextColumnName } from "../../../event/text-columns.ts";
import type { FoldDay } from "../days/fold-day.ts";
import { SPAN_EVENTS } from "../days/spans.ts";
import type { EventField } from "../fields/event-field.ts";
import type { EventFields } from "../fields/event-fields.ts";
import { GrowingInts } from "../ids/growing.ts";
import { PairIds } from "../ids/pair-ids.ts";
import type { TextIds } from "../ids/text-ids.ts";
import type { Pace } from "../pace.ts";

export interface Derivation {
  readonly columns: readonly TextColumnName[];
  /** @param texts of the columns, in their order. */
  readonly derive: (texts: readonly (string | null)[]) => string | null;
  readonly ids: TextIds;
}

/** Derives a text from several columns, once a combination of their values. */
export class DerivedIds {
  readonly #derivation: Derivation;
  readonly #fields: readonly EventField[];
  /** A combination is the one of the columns before, and the value of the column. */
  readonly #pairs = new PairIds();
  /** Ids plus 1 by combination, 0 where not yet derived. */
  readonly #known = new GrowingInts();
  readonly #combinations = new Int32Array(SPAN_EVENTS);

  constructor(derivation: Derivation, fields: EventFields) {
    this.#derivation = derivation;
    this.#fields = derivation.columns.map((column) => fields.column(column));
  }

  async prepare(day: FoldDay, pace: Pace): Promise<void> {
    for (const field of this.#fields) await field.prepare(day, pace);
  }

  idOfNone(): number {
    const { derive, ids, columns } = this.#derivation;
    return ids.idOfText(derive(columns.map(() => null)));
  }

  /** Returns the ids of some events of a day, valid until the next call. */
  idsOf(day: FoldDay, events: Int32Array, count: number): Int32Array {
    const combinations = this.#combinations;
    combinations.fill(0, 0, count);
    for (const field of this.#fields) {
      const known = field.dayIds(day);
      for (let at = 0; at < count; at++) {
        const id = known === undefined ? 0 : (known.ids[known.index[events[at] ?? 0] ?? 0] ?? 0);
        combinations[at] = this.#pairs.idOf(combinations[at] ?? 0, id) + 1;
      }
    }
    const known = this.#known.ensure(this.#pairs.size + 1);
    for (let at = 0; at < count; at++) {
      const combination = combinations[at] ?? 0;
      if (known[combination] === 0) known[combination] = this.#derive(combination) + 1;
      combinations[at] = (known[combination] ?? 0) - 1;
    }
    return combinations;
  }

  #derive(combination: number): number {
    const { derive, ids } = this.#derivation;
    let rest = combination;
    const texts = this.#fields.toReversed().map((field) => {
      const text = field.ids.textOf(this.#pairs.second.values[rest - 1] ?? 0);
      rest = this.#pairs.first.values[rest - 1] ?? 0;
      return text;
    });
    return ids.idOfText(derive(texts.toReversed()));
  }
}

import type { Texts } from "../day-events.ts";

/** The distinct values of a day among those of many days. */
export interface DayDictionary {
  /** Places of the values among all, in their order. */
  readonly places: Uint32Array;
  /** By event: 0 for none, otherwise the value's place in `places` plus 1. */
  readonly index: Uint32Array;
}

/** Makes the dictionary of each day, in time that grows with the events of the day only. */
export class DayDictionaries {
  readonly #numbers: Uint32Array;
  readonly #order: Uint32Array;
  readonly #rankOf: Uint32Array;
  readonly #dayOf: Uint32Array;
  readonly #indexOf: Uint32Array;
  #day = 0;

  /** `order` has the places of all values in the order of dictionaries; `numbers` by row, 0 for none, otherwise a place plus 1. */
  constructor(order: Uint32Array, numbers: Uint32Array) {
    this.#order = order;
    this.#numbers = numbers;
    this.#rankOf = new Uint32Array(order.length);
    for (let rank = 0; rank < order.length; rank += 1) this.#rankOf[order[rank] ?? 0] = rank;
    this.#dayOf = new Uint32Array(order.length);
    this.#indexOf = new Uint32Array(order.length);
  }

  /** `rows` are those of a day. */
  next(rows: Uint32Array): DayDictionary {
    this.#day += 1;
    const ranks = this.#distinctRanks(rows);
    const places = new Uint32Array(ranks.length);
    for (let i = 0; i < ranks.length; i += 1) {
      const place = this.#order[ranks[i] ?? 0] ?? 0;
      places[i] = place;
      this.#indexOf[place] = i + 1;
    }
    const index = new Uint32Array(rows.length);
    for (let i = 0; i < rows.length; i += 1) {
      const number = this.#numbers[rows[i] ?? 0] ?? 0;
      index[i] = number === 0 ? 0 : (this.#indexOf[number - 1] ?? 0);
    }
    return { places, index };
  }

  #distinctRanks(rows: Uint32Array): Uint32Array {
    const ranks = new Uint32Array(Math.min(rows.length, this.#order.length));
    let distinct = 0;
    for (let i = 0; i < rows.length; i += 1) {
      const number = this.#numbers[rows[i] ?? 0] ?? 0;
      if (number === 0 || this.#dayOf[number - 1] === this.#day) continue;
      this.#dayOf[number - 1] = this.#day;
      ranks[distinct] = this.#rankOf[number - 1] ?? 0;
      distinct += 1;
    }
    return ranks.subarray(0, distinct).toSorted();
  }
}

/** Copies some texts. */
export function selectTexts({ bytes, ends }: Texts, places: Uint32Array): Texts {
  const selectedEnds = new Uint32Array(places.length);
  let end = 0;
  for (let i = 0; i < places.length; i += 1) {
    const place = places[i] ?? 0;
    end += (ends[place] ?? 0) - (place === 0 ? 0 : (ends[place - 1] ?? 0));
    selectedEnds[i] = end;
  }
  const selected = new Uint8Array(end);
  let at = 0;
  for (let i = 0; i < places.length; i += 1) {
    const place = places[i] ?? 0;
    const to = ends[place] ?? 0;
    for (let from = place === 0 ? 0 : (ends[place - 1] ?? 0); from < to; from += 1, at += 1) {
      selected[at] = bytes[from] ?? 0;
    }
  }
  return { bytes: selected, ends: selectedEnds };
}

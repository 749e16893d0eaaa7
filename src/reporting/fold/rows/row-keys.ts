import type { FoldDay } from "../days/fold-day.ts";
import { SPAN_EVENTS } from "../days/spans.ts";
import type { Selection } from "../events/selection.ts";
import { gatherIds, type ValueSource } from "../fields/value-source.ts";
import { PairIds } from "../ids/pair-ids.ts";

/** A dimension's value: the row of time, the place of a goal, or an id. */
export type KeySource =
  | { readonly kind: "time" }
  | { readonly kind: "goal"; readonly goal: number }
  | ValueSource;

/** Numbers the rows of an answer. Without dimensions there is one, number 0. */
export class RowKeys {
  /** How many ids the first dimension has, at most. */
  readonly #firstSize: () => number;
  readonly #dimensions: number;
  /** A row of several dimensions is the one of the dimensions before, and an id. */
  readonly #pairs: readonly PairIds[];
  readonly #ids = new Int32Array(SPAN_EVENTS);

  constructor(dimensions: number, firstSize: () => number) {
    this.#dimensions = dimensions;
    this.#firstSize = firstSize;
    this.#pairs = Array.from({ length: Math.max(0, dimensions - 1) }, () => new PairIds());
  }

  /** One more than the highest number. */
  get size(): number {
    if (this.#dimensions === 0) return 1;
    return this.#pairs.at(-1)?.size ?? this.#firstSize();
  }

  /** Writes the rows of the selected events. */
  fill(selection: Selection, sources: readonly KeySource[], day: FoldDay): void {
    const { groups, count } = selection;
    const [first, ...rest] = sources;
    if (first === undefined) groups.fill(0, 0, count);
    else gather(first, day, selection, groups);
    for (const [at, source] of rest.entries()) {
      gather(source, day, selection, this.#ids);
      this.#pairs[at]?.numberAll(groups, this.#ids, count);
    }
  }

  /** Returns the ids of a row, in the order of the dimensions. */
  idsOf(row: number): number[] {
    if (this.#dimensions === 0) return [];
    let rest = row;
    const ids = this.#pairs.toReversed().map((pairs) => {
      const id = pairs.second.values[rest] ?? 0;
      rest = pairs.first.values[rest] ?? 0;
      return id;
    });
    return [...ids, rest].toReversed();
  }

  /** Returns -1 where there is no such row. */
  find([first = 0, ...rest]: readonly number[]): number {
    let row = first < this.#firstSize() ? first : -1;
    for (const [at, id] of rest.entries()) {
      row = row < 0 ? -1 : (this.#pairs[at]?.find(row, id) ?? -1);
    }
    return row;
  }
}

function gather(source: KeySource, day: FoldDay, selection: Selection, ids: Int32Array): void {
  switch (source.kind) {
    case "time":
      ids.set(selection.rows.subarray(0, selection.count));
      return;
    case "goal":
      ids.fill(source.goal, 0, selection.count);
      return;
    case "event":
    case "visit":
      gatherIds(source, day, selection, ids);
  }
}

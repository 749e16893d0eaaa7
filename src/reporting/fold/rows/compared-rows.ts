import type { FoldedRow, RowValues } from "../folded-report.ts";
import type { RangeSums } from "../range-sums.ts";

/** The rows of a range, each beside its counterpart in the range that it is compared with. */
export class ComparedRows {
  readonly #sums: RangeSums;
  readonly #compared: RangeSums | undefined;
  readonly #isTimeAlone: boolean;

  constructor(sums: RangeSums, compared: RangeSums | undefined) {
    this.#sums = sums;
    this.#compared = compared;
    this.#isTimeAlone = sums.names.length === 1 && sums.names[0]?.isTime === true;
  }

  /** Without dimensions one row. With time alone, also the rows that only the other range has, in a longer series too. */
  *rows(): Generator<number> {
    const { names, keys } = this.#sums;
    const comparedSize = this.#isTimeAlone ? (this.#compared?.keys.size ?? 0) : 0;
    const size = Math.max(keys.size, comparedSize);
    for (let row = 0; row < size; row++) {
      const isOfOther = this.#isTimeAlone && this.#compared?.has(row) === true;
      if (names.length === 0 || isOfOther || this.#sums.has(row)) yield row;
    }
  }

  valuesOf(row: number): FoldedRow {
    const ids = this.#sums.keys.idsOf(row);
    const comparison = this.#counterpart(ids);
    return { ...this.#sums.valuesOf(ids), ...(comparison && { comparison }) };
  }

  /** Returns undefined where the other series of time is shorter. */
  #counterpart(ids: readonly number[]): RowValues | undefined {
    const compared = this.#compared;
    const isShorter = compared?.names.some(
      ({ isTime, size }, at) => isTime && (ids[at] ?? 0) >= size(),
    );
    return isShorter === true ? undefined : compared?.valuesOf(ids);
  }
}

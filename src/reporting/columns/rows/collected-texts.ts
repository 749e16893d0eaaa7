import { NULL_BYTE } from "../../../store/reports/raw-rows.ts";
import { TextInterner } from "../text-interner.ts";
import { joinedIntegers } from "./joined.ts";

/** The values of one column of raw rows. */
export class CollectedTexts {
  readonly interner = new TextInterner();
  readonly #pages: Uint32Array[] = [];

  /** `column` holds `count` texts, each of which a zero byte ends. */
  add(column: Uint8Array, count: number): void {
    const numbers = new Uint32Array(count);
    let from = 0;
    for (let i = 0; i < count; i += 1) {
      let to = from;
      while (column[to] !== 0) to += 1;
      numbers[i] = column[from] === NULL_BYTE ? 0 : this.interner.idOf(column, from, to) + 1;
      from = to + 1;
    }
    this.#pages.push(numbers);
  }

  /** 0 for NULL, otherwise the interner's number plus 1. */
  numbers(): Uint32Array {
    return joinedIntegers(this.#pages);
  }
}

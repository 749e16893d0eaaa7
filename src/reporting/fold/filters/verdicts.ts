import type { TextIds } from "../ids/text-ids.ts";
import { type Pace, paused } from "../pace.ts";

/** Texts tested between two looks at the time. */
const BLOCK = 2_048;

/** The result of a test by id: each distinct text is tested once. */
export class Verdicts {
  /** 1 where the text of the id passes. */
  table = new Uint8Array(256);
  #tested = 0;
  readonly #test: (text: string | null) => boolean;

  constructor(test: (text: string | null) => boolean) {
    this.#test = test;
  }

  /** Tests the texts that came since. */
  async prepare(ids: TextIds, pace: Pace): Promise<void> {
    const { size } = ids;
    if (size > this.table.length) {
      const grown = new Uint8Array(Math.max(2 * this.table.length, size));
      grown.set(this.table);
      this.table = grown;
    }
    while (this.#tested < size) {
      const to = Math.min(this.#tested + BLOCK, size);
      for (; this.#tested < to; this.#tested++) {
        this.table[this.#tested] = this.#test(ids.textOf(this.#tested)) ? 1 : 0;
      }
      await paused(pace);
    }
  }
}

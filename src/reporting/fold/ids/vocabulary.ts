import type { Texts } from "../../columns/day-events.ts";
import { TextInterner } from "../../columns/text-interner.ts";
import { type Pace, paused } from "../pace.ts";

/** Texts numbered between two looks at the time. */
const BLOCK = 8_192;
/** Of a string, besides its characters. */
const STRING_BYTES = 32;

/**
 * Numbers the distinct texts that questions have found in a column, from 0 as they come. Number 0 is the empty text. Questions that
 * share it look a text of a cached chunk up once.
 */
export class Vocabulary {
  readonly #interner = new TextInterner();
  /** By the ends of the texts, an array that stays the same while their chunk is in the cache. */
  readonly #known = new WeakMap<Uint32Array, Uint32Array>();
  /** Those that some question has asked for: decoding takes longer than most tests of a text. */
  readonly #texts: string[] = [];
  #textBytes = 0;

  constructor() {
    this.#interner.idOf(new Uint8Array(0), 0, 0);
  }

  get size(): number {
    return this.#interner.count;
  }

  get bytes(): number {
    return this.#interner.allocatedBytes + this.#textBytes;
  }

  numberOf(bytes: Uint8Array, from: number, to: number): number {
    return this.#interner.idOf(bytes, from, to);
  }

  /** Returns the number of each text of a dictionary, in its order. */
  async numbersOf(texts: Texts, pace: Pace): Promise<Uint32Array> {
    const { ends } = texts;
    const known = this.#known.get(ends);
    if (known !== undefined) return known;
    const numbers = new Uint32Array(ends.length);
    for (let from = 0; from < ends.length; from += BLOCK) {
      this.#interner.number(texts, numbers, from, Math.min(from + BLOCK, ends.length));
      await paused(pace);
    }
    this.#known.set(ends, numbers);
    return numbers;
  }

  textOf(number: number): string {
    const known = this.#texts[number];
    if (known !== undefined) return known;
    const text = this.#interner.textOf(number);
    this.#texts[number] = text;
    this.#textBytes += STRING_BYTES + text.length;
    return text;
  }

  /** A view of all texts by number, valid until the next text is added. */
  texts(): Texts {
    return this.#interner.texts();
  }
}

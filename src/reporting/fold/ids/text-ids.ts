import { GrowingInts } from "./growing.ts";
import { Vocabulary } from "./vocabulary.ts";

const ENCODER = new TextEncoder();

/**
 * Numbers distinct texts from 1, as they come. 0 is null, and the empty text as well. Only the texts of one question have ids, however
 * many its vocabulary has.
 */
export class TextIds {
  readonly vocabulary: Vocabulary;
  /** By the text's number in the vocabulary, 0 for those without. */
  readonly #ids = new GrowingInts();
  /** The other way round. */
  readonly #numbers = new GrowingInts();
  #size = 1;

  constructor(vocabulary = new Vocabulary()) {
    this.vocabulary = vocabulary;
  }

  /** One more than the highest id. */
  get size(): number {
    return this.#size;
  }

  idOf(bytes: Uint8Array, from: number, to: number): number {
    const number = this.vocabulary.numberOf(bytes, from, to);
    return number === 0 ? 0 : this.#ids.ensure(number + 1)[number] || this.#add(number);
  }

  idOfText(text: string | null): number {
    if (text === null) return 0;
    const bytes = ENCODER.encode(text);
    return this.idOf(bytes, 0, bytes.length);
  }

  /** Returns 0, and then the ids of texts by their numbers in the vocabulary. */
  idsOf(numbers: Uint32Array): Int32Array {
    const ids = new Int32Array(numbers.length + 1);
    const known = this.#ids.ensure(this.vocabulary.size);
    for (let at = 0; at < numbers.length; at++) {
      const number = numbers[at] ?? 0;
      ids[at + 1] = number === 0 ? 0 : known[number] || this.#add(number);
    }
    return ids;
  }

  textOf(id: number): string | null {
    return id === 0 ? null : this.vocabulary.textOf(this.#numbers.values[id] ?? 0);
  }

  /** Orders ids by the bytes of their texts, null first. */
  compare(left: number, right: number): number {
    if (left === right || left === 0 || right === 0) return left - right;
    return Buffer.compare(this.#bytesOf(left), this.#bytesOf(right));
  }

  #bytesOf(id: number): Uint8Array {
    const { bytes, ends } = this.vocabulary.texts();
    const number = this.#numbers.values[id] ?? 0;
    return bytes.subarray(number === 0 ? 0 : ends[number - 1], ends[number]);
  }

  #add(number: number): number {
    const id = this.#size++;
    this.#ids.values[number] = id;
    this.#numbers.ensure(this.#size)[id] = number;
    return id;
  }
}

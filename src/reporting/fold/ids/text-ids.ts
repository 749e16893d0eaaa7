import { TextInterner } from "../../columns/text-interner.ts";

const ENCODER = new TextEncoder();

/** Numbers distinct texts from 1, as they come. 0 is null, and the empty text as well. */
export class TextIds {
  readonly #interner = new TextInterner();
  readonly #texts: (string | null)[] = [null];

  /** One more than the highest id. */
  get size(): number {
    return this.#interner.count + 1;
  }

  idOf(bytes: Uint8Array, from: number, to: number): number {
    return from === to ? 0 : this.#interner.idOf(bytes, from, to) + 1;
  }

  idOfText(text: string | null): number {
    if (text === null) return 0;
    const bytes = ENCODER.encode(text);
    return this.idOf(bytes, 0, bytes.length);
  }

  textOf(id: number): string | null {
    this.#texts[id] ??= id === 0 ? null : this.#interner.textOf(id - 1);
    return this.#texts[id];
  }

  /** Orders ids by the bytes of their texts, null first. */
  compare(left: number, right: number): number {
    if (left === right || left === 0 || right === 0) return left - right;
    const { bytes, ends } = this.#interner.texts();
    return Buffer.compare(
      bytes.subarray(left === 1 ? 0 : ends[left - 2], ends[left - 1]),
      bytes.subarray(right === 1 ? 0 : ends[right - 2], ends[right - 1]),
    );
  }
}

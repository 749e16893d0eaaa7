import type { Texts } from "./day-events.ts";
import { hashText } from "./text-hash.ts";

const FIRST_SLOTS = 256;
const FIRST_BYTES = 4_096;
const DECODER = new TextDecoder("utf-8", { ignoreBOM: true });

/** Numbers distinct texts in the order in which they first come, from 0. Compares bytes, and makes no string until asked. */
export class TextInterner {
  #bytes = new Uint8Array(FIRST_BYTES);
  #ends = new Uint32Array(FIRST_SLOTS / 2);
  /** Pairs of a hash, and the number of the text plus 1, or 0: open addressing, at most half full. */
  #slots = new Int32Array(2 * FIRST_SLOTS);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  idOf(bytes: Uint8Array, from: number, to: number): number {
    const hash = hashText(bytes, from, to);
    const slots = this.#slots;
    const mask = slots.length - 1;
    for (let slot = (hash << 1) & mask; ; slot = (slot + 2) & mask) {
      const id = (slots[slot + 1] ?? 0) - 1;
      if (id < 0) {
        slots[slot] = hash;
        slots[slot + 1] = this.#count + 1;
        return this.#add(bytes, from, to);
      }
      if (slots[slot] === hash && this.#isText(id, bytes, from, to)) return id;
    }
  }

  get allocatedBytes(): number {
    return this.#bytes.length + this.#ends.byteLength + this.#slots.byteLength;
  }

  /** Returns the number of each text of a dictionary, in its order. */
  idsOf(texts: Texts): Uint32Array {
    const ids = new Uint32Array(texts.ends.length);
    this.number(texts, ids, 0, ids.length);
    return ids;
  }

  /** Writes the numbers of some texts of a dictionary. */
  number({ bytes, ends }: Texts, ids: Uint32Array, first: number, end: number): void {
    let from = first === 0 ? 0 : (ends[first - 1] ?? 0);
    for (let i = first; i < end; i += 1) {
      const to = ends[i] ?? 0;
      ids[i] = this.idOf(bytes, from, to);
      from = to;
    }
  }

  textOf(id: number): string {
    const from = id === 0 ? 0 : this.#ends[id - 1];
    return DECODER.decode(this.#bytes.subarray(from, this.#ends[id]));
  }

  /** A view of all texts by number, valid until the next text is added. */
  texts(): Texts {
    return { bytes: this.#bytes, ends: this.#ends.subarray(0, this.#count) };
  }

  #isText(id: number, bytes: Uint8Array, from: number, to: number): boolean {
    const own = this.#bytes;
    let at = id === 0 ? 0 : (this.#ends[id - 1] ?? 0);
    if ((this.#ends[id] ?? 0) - at !== to - from) return false;
    for (let i = from; i < to; i += 1, at += 1) if (own[at] !== bytes[i]) return false;
    return true;
  }

  #add(bytes: Uint8Array, from: number, to: number): number {
    const id = this.#count;
    const start = id === 0 ? 0 : (this.#ends[id - 1] ?? 0);
    const end = start + to - from;
    if (end > this.#bytes.length) this.#bytes = grown(this.#bytes, end);
    // Most texts are short: a loop is faster than a view and a copy.
    const own = this.#bytes;
    for (let i = from, at = start; i < to; i += 1, at += 1) own[at] = bytes[i] ?? 0;
    this.#ends[id] = end;
    this.#count += 1;
    if (4 * this.#count === this.#slots.length) this.#double();
    return id;
  }

  #double(): void {
    const before = this.#slots;
    const slots = new Int32Array(2 * before.length);
    const mask = slots.length - 1;
    for (let from = 0; from < before.length; from += 2) {
      if (before[from + 1] === 0) continue;
      let slot = ((before[from] ?? 0) << 1) & mask;
      while (slots[slot + 1] !== 0) slot = (slot + 2) & mask;
      slots[slot] = before[from] ?? 0;
      slots[slot + 1] = before[from + 1] ?? 0;
    }
    const ends = new Uint32Array(this.#slots.length / 2);
    ends.set(this.#ends);
    this.#slots = slots;
    this.#ends = ends;
  }
}

function grown(bytes: Uint8Array, bytesMin: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(Math.max(2 * bytes.length, bytesMin));
  larger.set(bytes);
  return larger;
}

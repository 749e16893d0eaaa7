import type { Texts } from "./day-events.ts";
import { hashText } from "./text-hash.ts";

const FIRST_SLOTS = 256;
const FIRST_BYTES = 4_096;
const DECODER = new TextDecoder("utf-8", { ignoreBOM: true });

/** Numbers distinct texts in the order in which they first come, from 0. Compares bytes, and makes no string until asked. */
export class TextInterner {
  #bytes = new Uint8Array(FIRST_BYTES);
  #ends = new Uint32Array(FIRST_SLOTS / 2);
  #hashes = new Int32Array(FIRST_SLOTS / 2);
  /** The number of a text plus 1, or 0: open addressing, at most half full. */
  #slots = new Int32Array(FIRST_SLOTS);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  idOf(bytes: Uint8Array, from: number, to: number): number {
    const hash = hashText(bytes, from, to);
    const slots = this.#slots;
    const mask = slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const id = (slots[slot] ?? 0) - 1;
      if (id < 0) return this.#add(bytes.subarray(from, to), hash, slot);
      if (this.#hashes[id] === hash && this.#isText(id, bytes, from, to)) return id;
    }
  }

  /** Returns the number of each text of a dictionary, in its order. */
  idsOf({ bytes, ends }: Texts): Uint32Array {
    const ids = new Uint32Array(ends.length);
    let from = 0;
    for (let i = 0; i < ids.length; i += 1) {
      const to = ends[i] ?? 0;
      ids[i] = this.idOf(bytes, from, to);
      from = to;
    }
    return ids;
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

  #add(text: Uint8Array, hash: number, slot: number): number {
    const id = this.#count;
    const from = id === 0 ? 0 : (this.#ends[id - 1] ?? 0);
    const to = from + text.length;
    if (to > this.#bytes.length) this.#bytes = grown(this.#bytes, to);
    this.#bytes.set(text, from);
    this.#ends[id] = to;
    this.#hashes[id] = hash;
    this.#slots[slot] = id + 1;
    this.#count += 1;
    if (2 * this.#count === this.#slots.length) this.#double();
    return id;
  }

  #double(): void {
    const slots = new Int32Array(2 * this.#slots.length);
    const mask = slots.length - 1;
    for (let id = 0; id < this.#count; id += 1) {
      let slot = (this.#hashes[id] ?? 0) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = id + 1;
    }
    const ends = new Uint32Array(this.#slots.length);
    ends.set(this.#ends);
    const hashes = new Int32Array(this.#slots.length);
    hashes.set(this.#hashes);
    this.#slots = slots;
    this.#ends = ends;
    this.#hashes = hashes;
  }
}

function grown(bytes: Uint8Array, bytesMin: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(Math.max(2 * bytes.length, bytesMin));
  larger.set(bytes);
  return larger;
}

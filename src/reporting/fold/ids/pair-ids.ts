import { GrowingInts } from "./growing.ts";

/** Numbers distinct pairs of ids from 0, as they come. */
export class PairIds {
  size = 0;
  readonly first = new GrowingInts();
  readonly second = new GrowingInts();
  /** Open addressing: numbers plus 1, 0 where free. */
  #slots = new Int32Array(1024);

  /** Numbers the pairs of `first` and `second`, into `first` itself. */
  numberAll(first: Int32Array, second: Int32Array, count: number): void {
    for (let at = 0; at < count; at++) {
      first[at] = this.idOf(first[at] ?? 0, second[at] ?? 0);
    }
  }

  idOf(first: number, second: number): number {
    const slot = this.#slotOf(first, second);
    const id = this.#slots[slot] ?? 0;
    return id === 0 ? this.#add(first, second, slot) : id - 1;
  }

  /** Returns -1 for a pair that has no number. */
  find(first: number, second: number): number {
    return (this.#slots[this.#slotOf(first, second)] ?? 0) - 1;
  }

  /** Returns where the pair is, or would be. */
  #slotOf(first: number, second: number): number {
    const mask = this.#slots.length - 1;
    let slot = hashOf(first, second) & mask;
    for (let id = this.#slots[slot] ?? 0; id !== 0; id = this.#slots[slot] ?? 0) {
      const isPair = this.first.values[id - 1] === first && this.second.values[id - 1] === second;
      if (isPair) return slot;
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  #add(first: number, second: number, slot: number): number {
    const id = this.size++;
    this.first.ensure(this.size)[id] = first;
    this.second.ensure(this.size)[id] = second;
    this.#slots[slot] = id + 1;
    if (2 * this.size > this.#slots.length) this.#grow();
    return id;
  }

  #grow(): void {
    const slots = new Int32Array(4 * this.#slots.length);
    const mask = slots.length - 1;
    for (let id = 0; id < this.size; id++) {
      let slot = hashOf(this.first.values[id] ?? 0, this.second.values[id] ?? 0) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = id + 1;
    }
    this.#slots = slots;
  }
}

function hashOf(first: number, second: number): number {
  const mixed = Math.imul(first, 0x9e3779b1) ^ Math.imul(second + 0x7f4a7c15, 0x85ebca6b);
  return mixed ^ (mixed >>> 15);
}

/** Numbers that look random and are the same for the same seed (mulberry32). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** From 0 up to and without 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** An integer from `min` to `max`, both included. */
  integer(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1));
  }

  /** True with this probability. */
  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** One of the things, each as likely as its weight says; all the same without weights. */
  pick<Thing>(things: readonly Thing[], weightOf: (thing: Thing) => number = () => 1): Thing {
    const total = things.reduce((sum, thing) => sum + weightOf(thing), 0);
    let left = this.next() * total;
    for (const thing of things) {
      left -= weightOf(thing);
      if (left < 0) return thing;
    }
    throw new Error("There is nothing to pick from");
  }

  /** Another sequence of numbers, which takes one of this. */
  fork(): Random {
    return new Random(Math.floor(this.next() * 2 ** 32));
  }
}

/** Pseudo-random numbers from a seed (mulberry32). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** Returns a number from 0 to below 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** Returns an integer from `min` to `max`, inclusive. */
  integer(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1));
  }

  /** Returns true with this probability. */
  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** Returns one of the things with a probability proportional to its weight, 1 by default. */
  pick<Thing>(things: readonly Thing[], weightOf: (thing: Thing) => number = () => 1): Thing {
    const total = things.reduce((sum, thing) => sum + weightOf(thing), 0);
    let left = this.next() * total;
    for (const thing of things) {
      left -= weightOf(thing);
      if (left < 0) return thing;
    }
    throw new Error("There is nothing to pick from");
  }

  /** Returns an independent sequence, seeded by the next number of this one. */
  fork(): Random {
    return new Random(Math.floor(this.next() * 2 ** 32));
  }
}

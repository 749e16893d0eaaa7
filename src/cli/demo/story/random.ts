/** One choice, with its share among the others. */
export type Weighted<Value> = readonly (readonly [share: number, value: Value])[];

/** Numbers that depend on nothing but the text they begin with (sfc32). */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #count = 1;

  constructor(seed: string) {
    const hash = Bun.hash.wyhash(seed);
    this.#a = Number(hash & 0xffff_ffffn);
    this.#b = Number(hash >> 32n);
    this.#c = seed.length;
    // The first numbers still resemble the seed.
    for (let round = 0; round < 12; round += 1) this.bits();
  }

  /** 32 bits. */
  bits(): number {
    const sum = (this.#a + this.#b + this.#count) >>> 0;
    this.#count = (this.#count + 1) >>> 0;
    this.#a = (this.#b ^ (this.#b >>> 9)) >>> 0;
    this.#b = (this.#c + (this.#c << 3)) >>> 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) >>> 0;
    return sum;
  }

  /** From 0 up to, but not, 1. */
  part(): number {
    return this.bits() / 2 ** 32;
  }

  /** A whole number below `end`. */
  below(end: number): number {
    return Math.floor(this.part() * end);
  }

  happens(probability: number): boolean {
    return this.part() < probability;
  }

  /** Around 0, with a deviation of 1. */
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.part())) * Math.cos(2 * Math.PI * this.part());
  }

  choose<Value>(choices: Weighted<Value>): Value {
    const total = choices.reduce((sum, [share]) => sum + share, 0);
    let rest = this.part() * total;
    for (const [share, value] of choices) {
      rest -= share;
      if (rest < 0) return value;
    }
    const last = choices.at(-1);
    if (last === undefined) throw new Error("Expected at least one choice");
    return last[1];
  }
}

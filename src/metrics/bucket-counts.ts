/** Cheaper than prom-client, which builds two strings and an object for each observation. */
export class BucketCounts {
  readonly #bounds: readonly number[];
  /** The last counts larger values. Doubles count beyond 32 bits. */
  readonly #counts: Float64Array;
  #sum = 0;

  /** `bounds` are inclusive upper bounds, ascending. */
  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = new Float64Array(bounds.length + 1);
  }

  observe(value: number): void {
    let bucket = 0;
    while (value > (this.#bounds[bucket] ?? Number.POSITIVE_INFINITY)) bucket += 1;
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#sum += value;
  }

  /** Returns for each bound, and for no bound, the number of values at or below it. */
  cumulative(): readonly (readonly [le: number | "+Inf", count: number])[] {
    let below = 0;
    return Array.from(this.#counts, (count, bucket) => {
      below += count;
      return [this.#bounds[bucket] ?? "+Inf", below] as const;
    });
  }

  get isEmpty(): boolean {
    return this.#counts.every((count) => count === 0);
  }

  get sum(): number {
    return this.#sum;
  }
}

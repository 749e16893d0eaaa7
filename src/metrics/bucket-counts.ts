/**
 * The counts of one histogram's buckets, for what happens too often to look up labels each time: an observation is a
 * comparison or a few, and two additions, where one of `prom-client` builds two strings and an object.
 */
export class BucketCounts {
  readonly #bounds: readonly number[];
  /** One more than there are bounds, for what is above the last. Doubles: they count beyond 32 bits. */
  readonly #counts: Float64Array;
  #sum = 0;

  /** `bounds` are the buckets' upper bounds, ascending; what equals one is in its bucket. */
  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = new Float64Array(bounds.length + 1);
  }

  /** Counts a value in the unit of the bounds. */
  observe(value: number): void {
    let bucket = 0;
    while (value > (this.#bounds[bucket] ?? Number.POSITIVE_INFINITY)) bucket += 1;
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#sum += value;
  }

  /** How many values were at or below each bound, and the same for no bound, in order. */
  cumulative(): readonly (readonly [le: number | "+Inf", count: number])[] {
    let below = 0;
    return Array.from(this.#counts, (count, bucket) => {
      below += count;
      return [this.#bounds[bucket] ?? "+Inf", below] as const;
    });
  }

  /** Whether nothing was observed yet. */
  get isEmpty(): boolean {
    return this.#counts.every((count) => count === 0);
  }

  /** The sum of all values. */
  get sum(): number {
    return this.#sum;
  }
}

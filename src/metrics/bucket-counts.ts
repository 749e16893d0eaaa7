/**
 * The bucket counts of one histogram. An observation costs some comparisons and two additions, where prom-client builds two
 * strings and an object to look up labels.
 */
export class BucketCounts {
  readonly #bounds: readonly number[];
  /** One more than there are bounds, for larger values. Doubles count beyond 32 bits. */
  readonly #counts: Float64Array;
  #sum = 0;

  /** `bounds` are the inclusive upper bounds of the buckets, ascending. */
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

  /** The sum of all values. */
  get sum(): number {
    return this.#sum;
  }
}

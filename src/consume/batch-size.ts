/**
 * A batch that took at most this long may double, in milliseconds: even if the cost grows with the square of the size, the
 * doubled one takes four times as long, which a statement may.
 */
const QUICK_MS_MAX = 2_000;
/** How many batches of the largest size must be quick in a row before the size doubles. */
const QUICK_BATCHES_TO_GROW = 8;

/** How many entries to store in one transaction: halved when a batch was too large, doubled while batches are quick. */
export class BatchSize {
  #entriesMax = Number.POSITIVE_INFINITY;
  /** Size of the first batch that was too large, where none is ever limited again. */
  #fullEntries = 0;
  #quickBatches = 0;

  /** Infinity unless a batch was too large. */
  get entriesMax(): number {
    return this.#entriesMax;
  }

  /** Notes that a batch was too large. Returns whether it is the first since batches had their full size. */
  tooLarge(entries: number): boolean {
    const isFirst = this.#entriesMax === Number.POSITIVE_INFINITY;
    if (isFirst) this.#fullEntries = entries;
    this.#entriesMax = Math.max(1, Math.floor(entries / 2));
    this.#quickBatches = 0;
    return isFirst;
  }

  /** Notes that a batch was stored. Returns whether batches have their full size again from now on. */
  stored(entries: number, tookMs: number): boolean {
    if (entries < this.#entriesMax) return false;
    this.#quickBatches = tookMs <= QUICK_MS_MAX ? this.#quickBatches + 1 : 0;
    if (this.#quickBatches < QUICK_BATCHES_TO_GROW) return false;
    this.#quickBatches = 0;
    this.#entriesMax *= 2;
    if (this.#entriesMax < this.#fullEntries) return false;
    this.#entriesMax = Number.POSITIVE_INFINITY;
    return true;
  }
}

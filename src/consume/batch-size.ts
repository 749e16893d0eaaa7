/**
 * A batch that took at most this long may double, in milliseconds. Even if the cost grows with the square of the size, the
 * doubled batch takes 8 s, the limit of a statement.
 */
const QUICK_MS_MAX = 2_000;
/** Consecutive quick batches of the largest allowed size before that size doubles. */
const QUICK_BATCHES_TO_GROW = 8;

/** Limits the entries per transaction: halved when a batch was too large, doubled while batches are quick. */
export class BatchSize {
  #entriesMax = Number.POSITIVE_INFINITY;
  /** Size of the first batch that was too large; from there on the limit is lifted. */
  #fullEntries = 0;
  #quickBatches = 0;

  /** Infinity unless a batch was too large. */
  get entriesMax(): number {
    return this.#entriesMax;
  }

  /** Records that a batch was too large. Returns whether there was no limit before. */
  tooLarge(entries: number): boolean {
    const isFirst = this.#entriesMax === Number.POSITIVE_INFINITY;
    if (isFirst) this.#fullEntries = entries;
    this.#entriesMax = Math.max(1, Math.floor(entries / 2));
    this.#quickBatches = 0;
    return isFirst;
  }

  /** Records that a batch was stored. Returns whether this lifts the limit. */
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

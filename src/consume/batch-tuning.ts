import type { BatchOutcome } from "../metrics/storing-metrics.ts";
import type { Batch } from "./store-batch.ts";

/** Then the size may double: if the cost grows with its square, the batch takes 8 s, the limit of a statement. */
const QUICK_MS_MAX = 2_000;
const QUICK_BATCHES_TO_GROW = 8;
/** A failed COPY leaves its rows for VACUUM: 1.5 % of all rows where every batch has a duplicate. */
const BATCHES_WITHOUT_COPY = 32;

/** The limit of entries per transaction: halved when a batch was too large, doubled while batches are quick. */
export class BatchSize {
  #entriesMax = Number.POSITIVE_INFINITY;
  /** Size of the first batch that was too large, where the limit ends. */
  #fullEntries = 0;
  #quickBatches = 0;

  get entriesMax(): number {
    return this.#entriesMax;
  }

  /** Returns whether there was no limit before. */
  tooLarge(entries: number): boolean {
    const isFirst = this.#entriesMax === Number.POSITIVE_INFINITY;
    if (isFirst) this.#fullEntries = entries;
    this.#entriesMax = Math.max(1, Math.floor(entries / 2));
    this.#quickBatches = 0;
    return isFirst;
  }

  /** Returns whether this ends the limit. */
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

/** Skips COPY, which fails when an event is stored already, for some batches after that: one repeat is often one of many. */
export class CopyBackoff {
  #batchesLeft = 0;

  get allowsCopy(): boolean {
    return this.#batchesLeft === 0;
  }

  stored({ triesCopy }: Pick<Batch, "triesCopy">, { way, duplicates }: BatchOutcome): void {
    if (way === "copied") return;
    const isAllNew = way === "inserted" && duplicates === 0 && !triesCopy;
    this.#batchesLeft = isAllNew ? Math.max(0, this.#batchesLeft - 1) : BATCHES_WITHOUT_COPY;
  }
}

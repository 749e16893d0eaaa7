import type { BatchOutcome } from "../metrics/storing-metrics.ts";
import type { Batch } from "./store-batch.ts";

/** Then the size may double: if the cost grows with its square, the batch takes 8 s, the limit of a statement. */
const QUICK_MS_MAX = 2_000;
const QUICK_BATCHES_TO_GROW = 8;
/** A failed COPY leaves its rows for VACUUM: 1.5 % of all rows where every batch has a duplicate. */
const BATCHES_WITHOUT_COPY = 32;

/** The limit of entries per transaction: halved when a batch is too large, doubled while batches are quick. */
export class BatchLimit {
  readonly #fullEntries: number;
  #entriesMax: number;
  #quickBatches = 0;

  /** `fullEntries` is the size of the first batch that was too large, where the limit ends. */
  constructor(fullEntries: number) {
    this.#fullEntries = fullEntries;
    this.#entriesMax = halfOf(fullEntries);
  }

  get entriesMax(): number {
    return this.#entriesMax;
  }

  tooLarge(entries: number): void {
    this.#entriesMax = halfOf(entries);
    this.#quickBatches = 0;
  }

  /** Returns whether this ends the limit. */
  stored(entries: number, tookMs: number): boolean {
    if (entries < this.#entriesMax) return false;
    this.#quickBatches = tookMs <= QUICK_MS_MAX ? this.#quickBatches + 1 : 0;
    if (this.#quickBatches < QUICK_BATCHES_TO_GROW) return false;
    this.#quickBatches = 0;
    this.#entriesMax *= 2;
    return this.#entriesMax >= this.#fullEntries;
  }
}

/**
 * Returns how many batches to store without COPY after one that was not copied. COPY fails when an event is stored already, and
 * one repeat is often one of many.
 */
export function batchesWithoutCopy(
  left: number,
  { triesCopy }: Pick<Batch, "triesCopy">,
  { way, duplicates }: BatchOutcome,
): number {
  const isAllNew = way === "inserted" && duplicates === 0 && !triesCopy;
  return isAllNew ? Math.max(0, left - 1) : BATCHES_WITHOUT_COPY;
}

function halfOf(entries: number): number {
  return Math.max(1, Math.floor(entries / 2));
}

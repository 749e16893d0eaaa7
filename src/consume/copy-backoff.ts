import type { Batch, BatchOutcome } from "./store-batch.ts";

/**
 * After COPY fails, skip it for this many batches: each failed COPY leaves its rows behind for VACUUM. Where every batch
 * has a duplicate, that is 1.5 % of the rows.
 */
const BATCHES_WITHOUT_COPY = 32;

/** Decides which batches are tried with COPY, the fastest way, which fails when any event is stored already. */
export class CopyBackoff {
  #batchesLeft = 0;

  get allowsCopy(): boolean {
    return this.#batchesLeft === 0;
  }

  /** Records how a batch was stored. One repeat is often one of many: a client's outage, or another program's import. */
  stored({ triesCopy }: Pick<Batch, "triesCopy">, { way, duplicates }: BatchOutcome): void {
    if (way === "copied") return;
    const isAllNew = way === "inserted" && duplicates === 0 && !triesCopy;
    this.#batchesLeft = isAllNew ? Math.max(0, this.#batchesLeft - 1) : BATCHES_WITHOUT_COPY;
  }
}

import type { Batch, BatchOutcome } from "./store-batch.ts";

/** A failed COPY leaves its rows for VACUUM: 1.5 % of all rows where every batch has a duplicate. */
const BATCHES_WITHOUT_COPY = 32;

/** Skips COPY, which fails when an event is stored already, for some batches after that. */
export class CopyBackoff {
  #batchesLeft = 0;

  get allowsCopy(): boolean {
    return this.#batchesLeft === 0;
  }

  /** One repeat is often one of many: an outage of a client, an import. */
  stored({ triesCopy }: Pick<Batch, "triesCopy">, { way, duplicates }: BatchOutcome): void {
    if (way === "copied") return;
    const isAllNew = way === "inserted" && duplicates === 0 && !triesCopy;
    this.#batchesLeft = isAllNew ? Math.max(0, this.#batchesLeft - 1) : BATCHES_WITHOUT_COPY;
  }
}

import type { Transaction } from "../store/database.ts";
import { readPrunedBefore } from "../store/upkeep/read-pruned-before.ts";
import type { EntryEvent } from "./decode-batch.ts";
import type { Batch } from "./store-batch.ts";

/** Rolls back a transaction that stores entries it must not. Holds their ids. */
export class Fenced extends Error {
  readonly lost: ReadonlySet<string>;
  readonly pruned: ReadonlySet<string>;

  constructor(lost: ReadonlySet<string>, pruned: ReadonlySet<string>) {
    super("Other consumers have stored entries of the batch");
    this.lost = lost;
    this.pruned = pruned;
  }
}

/**
 * Keeps a process that was suspended from counting events again that others have stored and pruned. Runs in the storing
 * transaction, after its writes: a prune waits for that transaction, so the result holds until COMMIT.
 *
 * @throws Fenced when other consumers have taken over entries, or when rows of events received as early may have been pruned.
 */
export async function checkFence(
  tx: Transaction,
  { claim, entries }: Pick<Batch, "claim" | "entries">,
  events: readonly EntryEvent[],
): Promise<void> {
  const lost = await claim.findLost(entries);
  const prunedBefore = (await readPrunedBefore(tx)) ?? "";
  const pruned = events.filter(({ receivedAt }) => receivedAt < prunedBefore);
  if (lost.size === 0 && pruned.length === 0) return;
  throw new Fenced(lost, new Set(pruned.map(({ entry }) => entry.id)));
}

import type { Transaction } from "../store/database.ts";
import { readPrunedBefore } from "../store/upkeep/read-pruned-before.ts";
import type { StreamEntry } from "../stream/stream-entry.ts";
import type { Batch, EntryEvent } from "./process-batch.ts";

/** Rolls back the transaction that stores a batch, since some of its entries must not be stored; names them by id. */
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
 * Keeps a process that was suspended from counting events again that others have stored and pruned meanwhile. Runs in the
 * storing transaction, after its writes: a prune waits for the transaction, so what is true here holds until COMMIT.
 *
 * @throws Fenced when other consumers have taken over entries, or when events received as early may have been pruned.
 */
export async function checkFence(
  tx: Transaction,
  { claim, entries }: Pick<Batch, "claim" | "entries">,
  events: readonly EntryEvent[],
): Promise<void> {
  const lost = lostOf(entries, await claim.findLost());
  const prunedBefore = await readPrunedBefore(tx);
  const pruned = events.filter(
    ({ receivedAt }) => prunedBefore !== undefined && receivedAt < prunedBefore,
  );
  if (lost.size === 0 && pruned.length === 0) return;
  throw new Fenced(lost, new Set(pruned.map(({ entry }) => entry.id)));
}

/** Returns the ids of those entries that are lost. */
export function lostOf(
  entries: readonly StreamEntry[],
  lost: ReadonlySet<string>,
): ReadonlySet<string> {
  if (lost.size === 0) return lost;
  return new Set(entries.map(({ id }) => id).filter((id) => lost.has(id)));
}

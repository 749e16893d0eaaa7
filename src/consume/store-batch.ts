import { entryFields } from "../event/entry-codec.ts";
import { isNotByCopy } from "../store/batch/copy-events.ts";
import { distinctInOrder } from "../store/batch/distinct-in-order.ts";
import { storeByBisection, storeByCopy, storeByInsert } from "../store/batch/store-events.ts";
import type { Database, Transaction } from "../store/database.ts";
import { isPermanent } from "../store/database-error.ts";
import { type DeadLetter, insertDeadLetters } from "../store/dead-letters/insert-dead-letters.ts";
import { readPrunedBefore } from "../store/upkeep/read-pruned-before.ts";
import type { Claim } from "./claim.ts";
import { decodeBatch, type EncodedBatch, type EntryEvent } from "./decode-batch.ts";

/** Deadline of a batch's transaction, in milliseconds: more than a statement may take, see `SESSION_SETTINGS`. */
export const BATCH_DEADLINE_MS = 10_000;

/** Entries to store in one transaction. */
export interface Batch extends EncodedBatch {
  readonly stream: string;
  /** How often each entry was delivered, by id, where known; otherwise once. */
  readonly deliveries: ReadonlyMap<string, number>;
  /** Whether to try COPY, which fails when an event is stored already. */
  readonly triesCopy: boolean;
  readonly claim: Pick<Claim, "findLost">;
}

/** What became of a batch; `stored`, `duplicates`, `dead`, `lost` and `pruned` add up to its entries. */
export interface BatchOutcome {
  readonly stored: number;
  readonly duplicates: number;
  readonly dead: number;
  /** Dead letters that PostgreSQL rejected. */
  readonly rejected: number;
  /** Dead letters whose processing ended threads. */
  readonly poison: number;
  /** Ids of entries that other consumers have taken over or finished; they must not be acknowledged here. */
  readonly lost: ReadonlySet<string>;
  /** Entries received before the last prune: they were stored and counted before it. */
  readonly pruned: number;
  readonly way: "copied" | "inserted" | "bisected";
}

/**
 * Stores a batch in one transaction: rows, rollups of the rows that are new, and dead letters for entries that can never be
 * stored. Stored twice, a batch counts once. When the fence finds entries that must be left out, the transaction is repeated
 * without them.
 *
 * @throws What the driver throws for a transient failure, and `database_unavailable`. The outcome is then unknown, and the same
 *   batch can be stored again.
 */
export async function storeBatch(database: Database, batch: Batch): Promise<BatchOutcome> {
  const lost = new Set(await batch.claim.findLost(batch.entries));
  const pruned = new Set<string>();
  for (;;) {
    const entries = batch.entries.filter(({ id }) => !lost.has(id) && !pruned.has(id));
    try {
      const stored = await storeEntries(database, { ...batch, entries });
      return { ...stored, lost, pruned: pruned.size };
    } catch (error) {
      if (!(error instanceof Fenced)) throw error;
      for (const id of error.lost) lost.add(id);
      for (const id of error.pruned) pruned.add(id);
    }
  }
}

type StoredEntries = Omit<BatchOutcome, "lost" | "pruned">;

/**
 * Tries COPY, then INSERT, which tells which events are new, then bisection, which finds the events that PostgreSQL rejects.
 */
async function storeEntries(database: Database, batch: Batch): Promise<StoredEntries> {
  const { events, invalid } = decodeBatch(batch);
  const distinct = distinctInOrder(events);
  if (batch.triesCopy && distinct.length > 0) {
    try {
      return await inTransaction("copied", storeByCopy);
    } catch (error) {
      if (!isNotByCopy(error)) throw error;
    }
  }
  try {
    return await inTransaction("inserted", storeByInsert);
  } catch (error) {
    if (!isPermanent(error)) throw error;
  }
  return await inTransaction("bisected", storeByBisection);

  async function inTransaction(
    way: BatchOutcome["way"],
    store: typeof storeByCopy,
  ): Promise<StoredEntries> {
    return await database.transaction(BATCH_DEADLINE_MS, async (tx) => {
      const { stored, rejected } = await store(tx, distinct);
      const dead = deadLettersOf(batch, [
        ...invalid,
        ...rejected.map(({ event, reason }) => [event.entry.id, reason] as const),
      ]);
      await insertDeadLetters(tx, dead);
      await checkFence(tx, batch, events);
      const duplicates = batch.entries.length - stored - dead.length;
      return { way, stored, duplicates, dead: dead.length, rejected: rejected.length, poison: 0 };
    });
  }
}

/** The dead letters of a batch, in stream order. */
function deadLettersOf(
  { stream, entries, deliveries }: Batch,
  reasons: readonly (readonly [entryId: string, reason: string])[],
): readonly DeadLetter[] {
  if (reasons.length === 0) return [];
  const reasonById = new Map(reasons);
  return entries.flatMap(({ id, flatFields }) => {
    const reason = reasonById.get(id);
    if (reason === undefined) return [];
    const fields = entryFields(flatFields);
    return [{ stream, entryId: id, fields, reason, deliveries: deliveries.get(id) ?? 1 }];
  });
}

/** Rolls back a transaction that stores entries it must not. Holds their ids. */
class Fenced extends Error {
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
async function checkFence(
  tx: Transaction,
  { claim, entries }: Batch,
  events: readonly EntryEvent[],
): Promise<void> {
  const lost = await claim.findLost(entries);
  const prunedBefore = (await readPrunedBefore(tx)) ?? "";
  const pruned = events.filter(({ receivedAt }) => receivedAt < prunedBefore);
  if (lost.size === 0 && pruned.length === 0) return;
  throw new Fenced(lost, new Set(pruned.map(({ entry }) => entry.id)));
}

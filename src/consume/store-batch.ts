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

/** Longer than a statement may take, so that PostgreSQL ends a slow one itself. */
export const BATCH_DEADLINE_MS = 10_000;

export interface Batch extends EncodedBatch {
  readonly stream: string;
  /** How often each entry was delivered, by id, where known; otherwise once. */
  readonly deliveries: ReadonlyMap<string, number>;
  readonly triesCopy: boolean;
  readonly claim: Pick<Claim, "findLost">;
}

/** `stored`, `duplicates`, `dead`, `lost` and `pruned` add up to the entries. */
export interface BatchOutcome {
  readonly stored: number;
  readonly duplicates: number;
  readonly dead: number;
  /** Dead letters rejected by PostgreSQL. */
  readonly rejected: number;
  /** Dead letters that crashed threads. */
  readonly poison: number;
  /** Ids of entries that other consumers have taken over, and that must not be acknowledged here. */
  readonly lost: ReadonlySet<string>;
  /** Entries received before the last prune, and so stored before it. */
  readonly pruned: number;
  readonly way: "copied" | "inserted" | "bisected";
}

/**
 * Stores a batch in one transaction: rows, rollups and dead letters. Repeats it without the entries that the fence finds.
 *
 * @throws What the driver throws for a transient failure, and `database_unavailable`. The outcome is then unknown; a batch that is
 *   stored twice counts once.
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

/** In stream order, so that consumers with the same entries cannot deadlock. */
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

/** Rolls back a transaction that must not store these entries. */
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
 * Keeps a process that was suspended from counting events that others have stored and pruned. Runs after the writes of the
 * transaction: a prune waits for it, so that the result holds until COMMIT.
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

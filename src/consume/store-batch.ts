import { decodeEntry, entryFields } from "../event/entry-codec.ts";
import type { ReceivedEvent } from "../event/event.ts";
import type { BatchOutcome } from "../metrics/storing-metrics.ts";
import { isNotByCopy, storeByCopy } from "../store/batch/store-by-copy.ts";
import {
  type StoreEvents,
  storeByBisection,
  storeByInsert,
} from "../store/batch/store-by-insert.ts";
import type { Database, Transaction } from "../store/database.ts";
import { isPermanent } from "../store/database-error.ts";
import { type DeadLetter, insertDeadLetters } from "../store/dead-letters.ts";
import { distinctInOrder } from "../store/in-key-order.ts";
import { readFence } from "../store/upkeep/read-fence.ts";
import { receivedMsOf, type StreamEntry } from "../stream/stream-entry.ts";
import type { Claim } from "./claim.ts";

/** Longer than a statement may take, so that PostgreSQL ends a slow one itself. */
export const BATCH_DEADLINE_MS = 10_000;

export interface Batch {
  readonly stream: string;
  readonly entries: readonly StreamEntry[];
  /** How often each entry was delivered, by id, where known; otherwise once. */
  readonly deliveries: ReadonlyMap<string, number>;
  /** Reasons to set entries aside unread, by id. */
  readonly refused: ReadonlyMap<string, string>;
  readonly triesCopy: boolean;
  readonly claim: Pick<Claim, "findLost">;
  /** The clock of this machine, in milliseconds since 1970. */
  readonly nowMs: number;
  /** The clock of Redis; undefined when unknown. */
  readonly redisNowMs: number | undefined;
}

/**
 * Stores rows, rollups and dead letters in one transaction. Repeats it without the entries that the fence finds.
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
    store: StoreEvents,
  ): Promise<StoredEntries> {
    return await database.transaction(BATCH_DEADLINE_MS, async (tx) => {
      const { stored, rejected } = await store(tx, distinct, database.hasCitus);
      const reasons = new Map(invalid);
      for (const { event, reason } of rejected) reasons.set(event.entry.id, reason);
      if (reasons.size > 0) await insertDeadLetters(tx, deadLettersOf(batch, reasons));
      await checkFence(tx, batch, events);
      const dead = reasons.size;
      const duplicates = batch.entries.length - stored - dead;
      return { way, stored, duplicates, dead, rejected: rejected.length, poison: 0 };
    });
  }
}

interface EntryEvent extends ReceivedEvent {
  readonly entry: StreamEntry;
}

/** Returns the events, and by entry id the reasons why others cannot be stored. */
export function decodeBatch({
  entries,
  refused,
  nowMs,
  redisNowMs,
}: Pick<Batch, "entries" | "refused" | "nowMs" | "redisNowMs">): {
  readonly events: readonly EntryEvent[];
  readonly invalid: ReadonlyMap<string, string>;
} {
  const events: EntryEvent[] = [];
  const invalid = new Map<string, string>();
  for (const entry of entries) {
    const reason = refused.get(entry.id);
    if (reason !== undefined) {
      invalid.set(entry.id, reason);
      continue;
    }
    // An accepted event stays valid if clocks are behind now or were ahead when it was received.
    const decoded = decodeEntry(entry.flatFields, Math.max(nowMs, receivedMsOf(entry)));
    if (decoded.kind === "event") {
      const receivedAt = new Date(receivedMsOf(entry, redisNowMs)).toISOString();
      events.push({ ...decoded.event, receivedAt, entry });
    } else {
      invalid.set(entry.id, Object.values(decoded.fields).join("; "));
    }
  }
  return { events, invalid };
}

/** In stream order, so that consumers with the same entries cannot deadlock. */
function deadLettersOf(
  { stream, entries, deliveries }: Batch,
  reasons: ReadonlyMap<string, string>,
): readonly DeadLetter[] {
  return entries.flatMap(({ id, flatFields }) => {
    const reason = reasons.get(id);
    if (reason === undefined) return [];
    const fields = entryFields(flatFields);
    return [{ stream, entryId: id, fields, reason, deliveries: deliveries.get(id) ?? 1 }];
  });
}

/** Rolls back the transaction. */
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
 * Keeps a process that was suspended from counting events that others have stored, and that were pruned or forgotten. Runs after the writes, for which
 * a prune waits, so that the result holds until COMMIT.
 */
async function checkFence(
  tx: Transaction,
  { claim, entries }: Batch,
  events: readonly EntryEvent[],
): Promise<void> {
  const { prunedBefore = "", forgottenAt } = await readFence(tx);
  const lost = await claim.findLost(entries, forgottenAt);
  const pruned = events.filter(({ receivedAt }) => receivedAt < prunedBefore);
  if (lost.size === 0 && pruned.length === 0) return;
  throw new Fenced(lost, new Set(pruned.map(({ entry }) => entry.id)));
}

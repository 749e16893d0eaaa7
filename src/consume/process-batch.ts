import { decodeEntry, entryFields } from "../event/entry-codec.ts";
import type { ReceivedEvent } from "../event/event.ts";
import { copyEvents, isNotByCopy } from "../store/batch/copy-events.ts";
import { copyNewKeys } from "../store/batch/copy-new-keys.ts";
import { distinctInOrder } from "../store/batch/distinct-in-order.ts";
import { insertEvents } from "../store/batch/insert-events.ts";
import { insertNewKeys } from "../store/batch/insert-new-keys.ts";
import type { Database, Transaction } from "../store/database.ts";
import { isPermanent } from "../store/database-error.ts";
import { type DeadEvent, insertDeadEvents } from "../store/dead-letters/insert-dead-events.ts";
import { addToRollups } from "../store/rollups/add-to-rollups.ts";
import { foldBatch } from "../store/rollups/fold-batch.ts";
import { receivedMsOf, type StreamEntry } from "../stream/stream-entry.ts";
import type { Claim } from "./claim.ts";
import { checkFence, Fenced, lostOf } from "./fence.ts";
import { LARGE_BATCH_ENTRIES } from "./large-batch.ts";

/** A batch that has not been committed by then is given up and tried again, in milliseconds. */
export const BATCH_DEADLINE_MS = 10_000;

/** Entries to store, and what a dead letter must say of them. */
export interface Batch {
  readonly stream: string;
  readonly entries: readonly StreamEntry[];
  /** How often each entry was delivered, by id, where it is known; otherwise once. */
  readonly deliveries: ReadonlyMap<string, number>;
  /** Why entries are to be set aside without being looked at, by id. */
  readonly refused: ReadonlyMap<string, string>;
  /** The clock of this machine, in milliseconds since 1970. */
  readonly nowMs: number;
  /** The clock of Redis; undefined where it is not known. */
  readonly redisNowMs: number | undefined;
  /** Whether to try first what is fast when all is new and in order, and in vain when one event is not. */
  readonly isLikelyNew: boolean;
  readonly claim: Pick<Claim, "findLost">;
}

/** What became of a batch; `stored`, `duplicates`, `dead`, `lost` and `pruned` add up to its entries. */
export interface BatchOutcome {
  readonly stored: number;
  readonly duplicates: number;
  readonly dead: number;
  /** Those of the dead that PostgreSQL rejected. */
  readonly rejected: number;
  /** Those whose processing ended threads. */
  readonly deadly: number;
  /** Ids of entries that other consumers have taken over or finished; they must not be acknowledged here. */
  readonly lost: ReadonlySet<string>;
  /** Received so long ago that their rows may have been pruned: they were stored and counted before that. */
  readonly pruned: number;
  /** How the events came into the table: `copied` when all were new and could be stored. */
  readonly way: "copied" | "inserted" | "bisected";
}

/** An event and the entry it came in, so that it can be set aside as it was. */
export interface EntryEvent extends ReceivedEvent {
  readonly entry: StreamEntry;
}

/**
 * Stores a batch in one transaction: raw rows, rollups of the rows that are new, dead letters for entries that
 * can never be stored. Delivered twice, it counts once. Entries that another consumer has taken over meanwhile are left
 * to it, also when that shows only before COMMIT: the transaction is then repeated without them.
 *
 * @throws What the driver throws for a transient failure, and `database_unavailable`: nothing is known
 *   to be stored then, and the same batch can be tried again.
 */
export async function processBatch(database: Database, batch: Batch): Promise<BatchOutcome> {
  const lost = new Set(lostOf(batch.entries, await batch.claim.findLost()));
  const pruned = new Set<string>();
  for (;;) {
    const entries = batch.entries.filter(({ id }) => !lost.has(id) && !pruned.has(id));
    try {
      const stored = await storeBatch(database, { ...batch, entries });
      return { ...stored, lost, pruned: pruned.size };
    } catch (error) {
      if (!(error instanceof Fenced)) throw error;
      for (const id of error.lost) lost.add(id);
      for (const id of error.pruned) pruned.add(id);
    }
  }
}

type StoredBatch = Omit<BatchOutcome, "lost" | "pruned">;

/**
 * Each way that PostgreSQL rejects for what the batch holds is followed by one that can do more: COPY takes events that all
 * are new, INSERT tells which are, and when the content is at fault, the offending entries are found by bisection, inside
 * the transaction that stores their healthy neighbours.
 */
async function storeBatch(database: Database, batch: Batch): Promise<StoredBatch> {
  const { events, dead } = decodeBatch(batch);
  const distinct = distinctInOrder(events);
  // Small ones do without its lock, and so wait only for those that share a row with them.
  const isLarge = distinct.length >= LARGE_BATCH_ENTRIES;
  const fenced = async (work: (tx: Transaction) => Promise<StoredBatch>): Promise<StoredBatch> =>
    await database.transaction(BATCH_DEADLINE_MS, async (tx) => {
      const stored = await work(tx);
      await checkFence(tx, batch, events);
      return stored;
    });
  if (batch.isLikelyNew && distinct.length > 0) {
    try {
      return await fenced(async (tx) => {
        await copyEvents(tx, distinct);
        await addToRollups(tx, foldBatch(distinct), isLarge ? copyNewKeys : insertNewKeys);
        await insertDeadEvents(tx, dead);
        const stored = distinct.length;
        return outcomeOf(batch, { way: "copied", stored, dead: dead.length, rejected: 0 });
      });
    } catch (error) {
      if (!isNotByCopy(error)) throw error;
    }
  }
  try {
    return await fenced(async (tx) => {
      const stored = await storeEvents(tx, distinct);
      await insertDeadEvents(tx, dead);
      return outcomeOf(batch, { way: "inserted", stored, dead: dead.length, rejected: 0 });
    });
  } catch (error) {
    if (!isPermanent(error)) throw error;
  }
  return await fenced(async (tx) => {
    const { stored, rejected } = await storeByBisection(tx, distinct);
    const allDead = [...dead, ...rejected.map((reject) => deadEventOf(batch, reject))];
    await insertDeadEvents(tx, inStreamOrder(batch, allDead));
    const counts = { stored, dead: allDead.length, rejected: rejected.length };
    return outcomeOf(batch, { way: "bisected", ...counts });
  });
}

/** Splits a batch into events and entries that cannot be read as one. */
export function decodeBatch(batch: Omit<Batch, "claim">): {
  events: EntryEvent[];
  dead: DeadEvent[];
} {
  const events: EntryEvent[] = [];
  const dead: DeadEvent[] = [];
  for (const entry of batch.entries) {
    const refusal = batch.refused.get(entry.id);
    if (refusal !== undefined) {
      dead.push(deadEventOf(batch, { entry, reason: refusal }));
      continue;
    }
    const receivedMs = receivedMsOf(entry, batch.redisNowMs);
    // Clocks may be behind now, or have been ahead then, and must not refuse what was accepted.
    const decoded = decodeEntry(entry.flatFields, Math.max(batch.nowMs, receivedMsOf(entry)));
    if (decoded.kind === "event") {
      events.push({ ...decoded.event, receivedAt: new Date(receivedMs).toISOString(), entry });
    } else {
      const reason = Object.values(decoded.fields).join("; ");
      dead.push(deadEventOf(batch, { entry, reason }));
    }
  }
  return { events, dead };
}

/** Stores events that all can be stored and answers how many were new. */
export async function storeEvents(tx: Transaction, events: readonly EntryEvent[]): Promise<number> {
  if (events.length === 0) return 0;
  const inserted = await insertEvents(tx, events);
  await addToRollups(tx, foldBatch(inserted), insertNewKeys);
  return inserted.length;
}

interface Rejected {
  readonly entry: StreamEntry;
  readonly reason: string;
}

/** Halves what PostgreSQL rejects, each half under a savepoint, until single events remain. */
async function storeByBisection(
  tx: Transaction,
  events: readonly EntryEvent[],
): Promise<{ stored: number; rejected: readonly Rejected[] }> {
  const [first] = events;
  if (first === undefined) return { stored: 0, rejected: [] };
  try {
    const stored = await tx.savepoint(async (savepoint) => await storeEvents(savepoint, events));
    return { stored, rejected: [] };
  } catch (error) {
    if (!isPermanent(error)) throw error;
    if (events.length === 1) {
      return { stored: 0, rejected: [{ entry: first.entry, reason: rejectionOf(error) }] };
    }
  }
  const middle = Math.ceil(events.length / 2);
  const left = await storeByBisection(tx, events.slice(0, middle));
  const right = await storeByBisection(tx, events.slice(middle));
  return {
    stored: left.stored + right.stored,
    rejected: [...left.rejected, ...right.rejected],
  };
}

function inStreamOrder(batch: Batch, dead: readonly DeadEvent[]): readonly DeadEvent[] {
  const places = new Map(batch.entries.map(({ id }, place) => [id, place]));
  const placeOf = ({ entryId }: DeadEvent) => places.get(entryId) ?? 0;
  return dead.toSorted((a, b) => placeOf(a) - placeOf(b));
}

function rejectionOf(error: unknown): string {
  return `PostgreSQL rejected it: ${error instanceof Error ? error.message : String(error)}`;
}

function deadEventOf(
  batch: Pick<Batch, "stream" | "deliveries">,
  { entry, reason }: Rejected,
): DeadEvent {
  return {
    stream: batch.stream,
    entryId: entry.id,
    fields: entryFields(entry.flatFields),
    reason,
    deliveries: batch.deliveries.get(entry.id) ?? 1,
  };
}

function outcomeOf(batch: Batch, known: Omit<StoredBatch, "duplicates" | "deadly">): StoredBatch {
  return { ...known, deadly: 0, duplicates: batch.entries.length - known.stored - known.dead };
}

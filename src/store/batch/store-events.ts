import type { ReceivedEvent } from "../../event/event.ts";
import type { Transaction } from "../database.ts";
import { isPermanent } from "../database-error.ts";
import { addToRollups } from "../rollups/add-to-rollups.ts";
import { foldBatch } from "../rollups/fold-batch.ts";
import { copyEvents } from "./copy-events.ts";
import { copyNewKeys } from "./copy-new-keys.ts";
import { insertEvents } from "./insert-events.ts";
import { insertNewKeys } from "./insert-new-keys.ts";

/** Batch size beyond which the cost per event stops falling. Only a backlog makes batches this large. */
export const LARGE_BATCH_EVENTS = 2_000;

export interface StoredEvents<E extends ReceivedEvent> {
  /** How many were new. */
  readonly stored: number;
  readonly rejected: readonly RejectedEvent<E>[];
}

export interface RejectedEvent<E extends ReceivedEvent> {
  readonly event: E;
  readonly reason: string;
}

/** Stores events with their rollups. They are distinct and in the order of `(site_id, event_id)`. */
type StoreEvents = <E extends ReceivedEvent>(
  tx: Transaction,
  events: readonly E[],
) => Promise<StoredEvents<E>>;

/**
 * The fastest way, for events that are all new.
 *
 * @throws an error of `isNotByCopy` when one is stored already.
 */
export const storeByCopy: StoreEvents = async (tx, events) => {
  await copyEvents(tx, events);
  // `copyNewKeys` takes a lock that other batches wait for; small batches do without.
  const addNewKeys = events.length >= LARGE_BATCH_EVENTS ? copyNewKeys : insertNewKeys;
  await addToRollups(tx, foldBatch(events), addNewKeys);
  return { stored: events.length, rejected: [] };
};

/**
 * Stores the events that are new.
 *
 * @throws an error of `isPermanent` when PostgreSQL rejects the content of one.
 */
export const storeByInsert: StoreEvents = async (tx, events) => {
  if (events.length === 0) return { stored: 0, rejected: [] };
  const inserted = await insertEvents(tx, events);
  await addToRollups(tx, foldBatch(inserted), insertNewKeys);
  return { stored: inserted.length, rejected: [] };
};

/** Stores the events that PostgreSQL takes: halves what it rejects, each half under a savepoint, down to single events. */
export const storeByBisection: StoreEvents = async (tx, events) => {
  const [first] = events;
  if (first === undefined) return { stored: 0, rejected: [] };
  try {
    return await tx.savepoint(async (savepoint) => await storeByInsert(savepoint, events));
  } catch (error) {
    if (!isPermanent(error)) throw error;
    if (events.length === 1) {
      return { stored: 0, rejected: [{ event: first, reason: rejectionReason(error) }] };
    }
  }
  const middle = Math.ceil(events.length / 2);
  const left = await storeByBisection(tx, events.slice(0, middle));
  const right = await storeByBisection(tx, events.slice(middle));
  return {
    stored: left.stored + right.stored,
    rejected: [...left.rejected, ...right.rejected],
  };
};

function rejectionReason(error: unknown): string {
  return `PostgreSQL rejected it: ${error instanceof Error ? error.message : String(error)}`;
}

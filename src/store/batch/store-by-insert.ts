import {
  CORE_FIELDS,
  type EventField,
  type ReceivedEvent,
  STORED_OPTIONAL_FIELDS,
} from "../../event/event.ts";
import type { Transaction } from "../database.ts";
import { isPermanent } from "../database-error.ts";
import { siteKey } from "../in-key-order.ts";
import { addToRollups, insertNewKeys } from "../rollups/add-to-rollups.ts";
import { foldBatch } from "../rollups/fold-batch.ts";
import { usedFields } from "./used-fields.ts";

/** Stores events with their rollups. They are distinct and sorted, so that concurrent batches cannot deadlock. */
export type StoreEvents = <E extends ReceivedEvent>(
  tx: Transaction,
  events: readonly E[],
  /** Whether Citus may have distributed the tables. */
  isDistributed?: boolean,
) => Promise<StoredEvents<E>>;

interface StoredEvents<E extends ReceivedEvent> {
  /** How many were new. */
  readonly stored: number;
  readonly rejected: readonly { readonly event: E; readonly reason: string }[];
}

/** @throws an error of `isPermanent` when PostgreSQL rejects the content of one. */
export const storeByInsert: StoreEvents = async (tx, events, isDistributed) => {
  if (events.length === 0) return { stored: 0, rejected: [] };
  const inserted = await insertEvents(tx, events);
  await addToRollups(tx, foldBatch(inserted), insertNewKeys, isDistributed);
  return { stored: inserted.length, rejected: [] };
};

/** Halves what PostgreSQL rejects, each half under a savepoint, down to single events. */
export const storeByBisection: StoreEvents = async (tx, events, isDistributed) => {
  const [first] = events;
  if (first === undefined) return { stored: 0, rejected: [] };
  try {
    return await tx.savepoint(
      async (savepoint) => await storeByInsert(savepoint, events, isDistributed),
    );
  } catch (error) {
    if (!isPermanent(error)) throw error;
    if (events.length === 1) {
      return { stored: 0, rejected: [{ event: first, reason: rejectionReason(error) }] };
    }
  }
  const middle = Math.ceil(events.length / 2);
  const left = await storeByBisection(tx, events.slice(0, middle), isDistributed);
  const right = await storeByBisection(tx, events.slice(middle), isDistributed);
  return {
    stored: left.stored + right.stored,
    rejected: [...left.rejected, ...right.rejected],
  };
};

/** Returns the new events. Binds arrays, since a statement takes at most 65,535 parameters. */
export async function insertEvents<E extends ReceivedEvent>(
  tx: Transaction,
  events: readonly E[],
): Promise<readonly E[]> {
  // One of two statements: a connection keeps each that it has prepared.
  const hasOptional = usedFields(events).length > CORE_FIELDS.length;
  const fields = hasOptional ? [...CORE_FIELDS, ...STORED_OPTIONAL_FIELDS] : CORE_FIELDS;
  const values = fields.map(({ key }) => events.map((event) => event[key] ?? null));
  const receivedAt = events.map((event) => event.receivedAt);
  const insert = insertStatement(fields);
  const inserted = await tx.unsafe(insert, [...values, receivedAt], { prepare: true }).values();
  if (inserted.length === events.length) return events;
  const keys = new Set(inserted.map(([siteId, eventId]) => siteKey(siteId, eventId)));
  return events.filter((event) => keys.has(siteKey(event.siteId, event.eventId)));
}

function insertStatement(fields: readonly EventField[]): string {
  const names = [...fields.map(({ name }) => name), "received_at"];
  const casts = fields.map(({ name, type }) => `${name}::${type.sql}`);
  return `
    INSERT INTO events (${names.join(", ")})
    SELECT ${casts.join(", ")}, received_at::timestamptz
    FROM unnest(${names.map((_, i) => `$${i + 1}::text[]`).join(", ")}) AS batch (${names.join(", ")})
    ON CONFLICT (site_id, event_id) DO NOTHING
    RETURNING site_id, event_id`;
}

function rejectionReason(error: unknown): string {
  return `PostgreSQL rejected it: ${error instanceof Error ? error.message : String(error)}`;
}

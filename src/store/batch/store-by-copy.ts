import type { ReceivedEvent } from "../../event/event.ts";
import type { Transaction } from "../database.ts";
import { isPermanent, sqlState } from "../database-error.ts";
import { addToRollups, insertNewKeys } from "../rollups/add-to-rollups.ts";
import { foldBatch } from "../rollups/fold-batch.ts";
import { BinaryRows } from "./binary-rows.ts";
import { copyNewKeys } from "./copy-new-keys.ts";
import type { StoreEvents } from "./store-by-insert.ts";
import { usedFields } from "./used-fields.ts";

/** Batch size beyond which the cost per event stops falling. */
export const LARGE_BATCH_EVENTS = 2_000;

/**
 * A row is stored already (23505), or the table is a view or has row-level policies. Citus passes what a worker says to a COPY on as an internal
 * error: INSERT tells what it is.
 */
const NOT_BY_COPY: ReadonlySet<string> = new Set(["0A000", "23505", "42809", "XX000"]);

/** @throws an error of `isNotByCopy` when an event is stored already. */
export const storeByCopy: StoreEvents = async (tx, events, isDistributed = false) => {
  await copyEvents(tx, events);
  // `copyNewKeys` takes a lock that other batches wait for, and looks all keys up on each shard of Citus.
  const isCopied = events.length >= LARGE_BATCH_EVENTS && !isDistributed;
  const addNewKeys = isCopied ? copyNewKeys : insertNewKeys;
  await addToRollups(tx, foldBatch(events), addNewKeys, isDistributed);
  return { stored: events.length, rejected: [] };
};

/** Costs little more than half of `insertEvents`. */
export async function copyEvents(tx: Transaction, events: readonly ReceivedEvent[]): Promise<void> {
  const rows = new BinaryRows();
  const fields = usedFields(events);
  for (const event of events) {
    rows.row(fields.length + 1);
    for (const { key, type } of fields) rows.field(type.sql, event[key]);
    rows.instant(event.receivedAt);
  }
  const columns = fields.map(({ name }) => name).join(", ");
  const copy = `COPY events (${columns}, received_at) FROM STDIN (FORMAT binary, ENCODING 'UTF8')`;
  await tx.unsafe(copy, [], { copy: rows.end() });
}

/** Whether INSERT or bisection may succeed instead. */
export function isNotByCopy(error: unknown): boolean {
  return isPermanent(error) || NOT_BY_COPY.has(sqlState(error) ?? "");
}

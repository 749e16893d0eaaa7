import { EVENT_FIELDS, type ReceivedEvent } from "../../event/event.ts";
import type { Transaction } from "../database.ts";
import { isPermanent, sqlState } from "../database-error.ts";
import { BinaryRows } from "./binary-rows.ts";

/** A row is stored already (23505), or the table is a view or has row-level policies, which COPY does not support. */
const NOT_BY_COPY: ReadonlySet<string> = new Set(["0A000", "23505", "42809"]);

/** Costs little more than half of `insertEvents`. Throws an error of `isNotByCopy` when an event is stored already. */
export async function copyEvents(tx: Transaction, events: readonly ReceivedEvent[]): Promise<void> {
  await tx.unsafe(
    `COPY events (${EVENT_FIELDS.map(({ name }) => name).join(", ")}, received_at)
     FROM STDIN (FORMAT binary, ENCODING 'UTF8')`,
    [],
    { copy: rowsOf(events) },
  );
}

/** Whether a COPY failed in a way that INSERT or bisection may avoid. */
export function isNotByCopy(error: unknown): boolean {
  return isPermanent(error) || NOT_BY_COPY.has(sqlState(error) ?? "");
}

function rowsOf(events: readonly ReceivedEvent[]): Uint8Array {
  const rows = new BinaryRows();
  for (const event of events) {
    rows.row(EVENT_FIELDS.length + 1);
    for (const { key, type } of EVENT_FIELDS) rows.field(type.sql, event[key]);
    rows.instant(event.receivedAt);
  }
  return rows.end();
}

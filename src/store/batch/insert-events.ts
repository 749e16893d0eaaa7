import { EVENT_FIELDS, type ReceivedEvent } from "../../event/event.ts";
import type { Transaction } from "../database.ts";
import { eventKey } from "./distinct-in-order.ts";

const NAMES = [...EVENT_FIELDS.map(({ name }) => name), "received_at"];
const CASTS = [
  ...EVENT_FIELDS.map(({ name, type }) => `${name}::${type.sql}`),
  "received_at::timestamptz",
];
const INSERT = `
  INSERT INTO events (${NAMES.join(", ")})
  SELECT ${CASTS.join(", ")}
  FROM unnest(${NAMES.map((_, i) => `$${i + 1}::text[]`).join(", ")}) AS batch (${NAMES.join(", ")})
  ON CONFLICT (site_id, event_id) DO NOTHING
  RETURNING site_id, event_id`;

/**
 * Inserts events and returns those that are new, which alone count in the rollups. `events` are distinct and in the order of
 * `(site_id, event_id)`, so that concurrent batches lock rows in one order and cannot deadlock. One array per column, since a
 * statement takes at most 65,535 parameters.
 */
export async function insertEvents<E extends ReceivedEvent>(
  tx: Transaction,
  events: readonly E[],
): Promise<readonly E[]> {
  const values = EVENT_FIELDS.map(({ key }) => events.map((event) => event[key] ?? null));
  const receivedAt = events.map((event) => event.receivedAt);
  const inserted = await tx.unsafe(INSERT, [...values, receivedAt], { prepare: true }).values();
  if (inserted.length === events.length) return events;
  const keys = new Set(inserted.map(([siteId, eventId]) => eventKey(siteId, eventId)));
  return events.filter((event) => keys.has(eventKey(event.siteId, event.eventId)));
}

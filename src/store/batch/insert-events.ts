import type { ReceivedEvent } from "../../event/event.ts";
import type { Transaction } from "../database.ts";
import { eventKey } from "../rollups/rollup.ts";

/**
 * Inserts events and answers those that were not there before, which alone may touch the rollups.
 * `events` are distinct and in the order of `(site_id, event_id)`: rows are locked in that order, and
 * concurrent batches cannot deadlock. One array a column, since a statement takes at most 65,535
 * parameters.
 */
export async function insertEvents<E extends ReceivedEvent>(
  tx: Transaction,
  events: readonly E[],
): Promise<readonly E[]> {
  const inserted = await tx`
    INSERT INTO events (event_id, site_id, event_type, path, user_id, timestamp, received_at)
    SELECT event_id::uuid, site_id, event_type, path, user_id, timestamp::timestamptz, received_at::timestamptz
    FROM unnest(
      ${events.map((event) => event.eventId)}::text[],
      ${events.map((event) => event.siteId)}::text[],
      ${events.map((event) => event.eventType)}::text[],
      ${events.map((event) => event.path)}::text[],
      ${events.map((event) => event.userId)}::text[],
      ${events.map((event) => event.timestamp)}::text[],
      ${events.map((event) => event.receivedAt)}::text[]
    ) AS batch (event_id, site_id, event_type, path, user_id, timestamp, received_at)
    ON CONFLICT (site_id, event_id) DO NOTHING
    RETURNING site_id, event_id
  `.values();
  if (inserted.length === events.length) return events;
  const keys = new Set(inserted.map(([siteId, eventId]) => eventKey(siteId, eventId)));
  return events.filter((event) => keys.has(eventKey(event.siteId, event.eventId)));
}

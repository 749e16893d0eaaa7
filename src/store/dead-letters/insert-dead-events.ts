import type { Transaction } from "../database.ts";

/** An entry that can never be stored as it is. */
export interface DeadEvent {
  readonly stream: string;
  readonly entryId: string;
  /** The raw fields, by name. */
  readonly fields: Readonly<Record<string, string>>;
  readonly reason: string;
  readonly deliveries: number;
}

/**
 * Sets entries aside with all that is known of them; in the order of the stream, so that two who set the
 * same ones aside cannot deadlock. Setting one aside again changes nothing; one with
 * the same id and other fields, of a stream that was lost and began anew, is another. The fields go in as JSON text, bound as text: `json` keeps what `jsonb` refuses, such as an escaped NUL.
 */
export async function insertDeadEvents(
  tx: Transaction,
  deadEvents: readonly DeadEvent[],
): Promise<void> {
  if (deadEvents.length === 0) return;
  await tx`
    INSERT INTO dead_events (stream, entry_id, fields, fields_hash, reason, deliveries)
    SELECT stream, entry_id, fields::json, hashtextextended(fields, 0), reason, deliveries
    FROM unnest(
      ${deadEvents.map((dead) => dead.stream)}::text[],
      ${deadEvents.map((dead) => dead.entryId)}::text[],
      ${deadEvents.map((dead) => JSON.stringify(dead.fields))}::text[],
      ${deadEvents.map((dead) => dead.reason)}::text[],
      ${deadEvents.map((dead) => dead.deliveries)}::bigint[]
    ) AS batch (stream, entry_id, fields, reason, deliveries)
    ON CONFLICT (stream, entry_id, fields_hash) WHERE fields_hash IS NOT NULL DO NOTHING
  `;
}

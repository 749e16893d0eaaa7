import type { Transaction } from "../database.ts";

/** An entry that can never be stored as it is. */
export interface DeadLetter {
  readonly stream: string;
  readonly entryId: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly reason: string;
  readonly deliveries: number;
}

/**
 * Pass entries in the order of the stream, so that concurrent calls cannot deadlock. A known id with other fields is a new
 * entry, of a stream that was lost. `json` accepts an escaped NUL, which `jsonb` refuses.
 */
export async function insertDeadLetters(
  tx: Transaction,
  deadLetters: readonly DeadLetter[],
): Promise<void> {
  await tx`
    INSERT INTO dead_events (stream, entry_id, fields, fields_hash, reason, deliveries)
    SELECT stream, entry_id, fields::json, hashtextextended(fields, 0), reason, deliveries
    FROM unnest(
      ${deadLetters.map(({ stream }) => stream)}::text[],
      ${deadLetters.map(({ entryId }) => entryId)}::text[],
      ${deadLetters.map(({ fields }) => JSON.stringify(fields))}::text[],
      ${deadLetters.map(({ reason }) => reason)}::text[],
      ${deadLetters.map(({ deliveries }) => deliveries)}::bigint[]
    ) AS batch (stream, entry_id, fields, reason, deliveries)
    ON CONFLICT (stream, entry_id, fields_hash) WHERE fields_hash IS NOT NULL DO NOTHING
  `;
}

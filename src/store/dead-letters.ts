import type { Database, Transaction } from "./database.ts";
import { QUERY_DEADLINE_MS } from "./deadlines.ts";

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

export interface StoredDeadLetter extends DeadLetter {
  /** In digits: it may be too large for a number. */
  readonly id: string;
  readonly diedAt: Date;
}

export interface DeadLetterList {
  readonly letters: readonly StoredDeadLetter[];
  readonly total: number;
}

export async function listDeadLetters(
  database: Database,
  { lettersMax }: { lettersMax: number },
): Promise<DeadLetterList> {
  return await database.query(QUERY_DEADLINE_MS, async (sql) => {
    const letters = await sql<StoredDeadLetter[]>`
      SELECT id::text, stream, entry_id AS "entryId", fields, reason, deliveries::float8, died_at AS "diedAt"
      FROM dead_events ORDER BY dead_events.id DESC LIMIT ${lettersMax}`;
    const [counted] = await sql<{ total: number }[]>`
      SELECT count(*)::float8 AS total FROM dead_events`;
    return { letters, total: Math.max(counted?.total ?? 0, letters.length) };
  });
}

/** Returns the existing ones, oldest first. */
export async function findDeadLetters(
  database: Database,
  ids: readonly string[],
): Promise<readonly StoredDeadLetter[]> {
  return await database.query(
    QUERY_DEADLINE_MS,
    async (sql) =>
      await sql<StoredDeadLetter[]>`
      SELECT id::text, stream, entry_id AS "entryId", fields, reason, deliveries::float8, died_at AS "diedAt"
      FROM dead_events WHERE id = ANY (${ids}::text[]::bigint[]) ORDER BY dead_events.id`,
  );
}

/** Oldest first. */
export async function deadLetterIds(database: Database): Promise<readonly string[]> {
  return await database.query(QUERY_DEADLINE_MS, async (sql) => {
    const rows = await sql<{ id: string }[]>`
      SELECT id::text FROM dead_events ORDER BY dead_events.id`;
    return rows.map(({ id }) => id);
  });
}

/** Returns the ids that existed. */
export async function deleteDeadLetters(
  database: Database,
  ids: readonly string[],
): Promise<readonly string[]> {
  return await database.query(QUERY_DEADLINE_MS, async (sql) => {
    const rows = await sql<{ id: string }[]>`
      DELETE FROM dead_events WHERE id = ANY (${ids}::text[]::bigint[]) RETURNING id::text`;
    return rows.map(({ id }) => id);
  });
}

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
  /** The fields that a retry sends, once one has begun. */
  readonly retryFields: Readonly<Record<string, string>> | null;
}

const COLUMNS = `id::text, stream, entry_id AS "entryId", fields, reason, deliveries::float8, died_at AS "diedAt",
  retry_fields AS "retryFields"`;

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
      SELECT ${sql.unsafe(COLUMNS)}
      FROM dead_events ORDER BY dead_events.id DESC LIMIT ${lettersMax}`;
    const [counted] = await sql<{ total: number }[]>`
      SELECT count(*)::float8 AS total FROM dead_events`;
    return { letters, total: Math.max(counted?.total ?? 0, letters.length) };
  });
}

/** A dead letter without fields that are too long to show. */
export type ShownDeadLetter = Omit<StoredDeadLetter, "fields"> & {
  readonly fields: StoredDeadLetter["fields"] | null;
};

/** Returns the newest, or the newest of those before an id. */
export async function pageOfDeadLetters(
  database: Database,
  {
    beforeId,
    lettersMax,
    fieldsBytesMax,
  }: { beforeId: string; lettersMax: number; fieldsBytesMax: number },
): Promise<readonly ShownDeadLetter[]> {
  return await database.query(
    QUERY_DEADLINE_MS,
    async (sql) =>
      await sql<ShownDeadLetter[]>`
      SELECT id::text, stream, entry_id AS "entryId", reason, deliveries::float8, died_at AS "diedAt", retry_fields AS "retryFields",
        CASE WHEN octet_length(fields::text) <= ${fieldsBytesMax} THEN fields END AS fields
      FROM dead_events WHERE id < ${beforeId}::text::bigint ORDER BY dead_events.id DESC LIMIT ${lettersMax}`,
  );
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
      SELECT ${sql.unsafe(COLUMNS)}
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

/** Returns the existing ones, oldest first, which nobody else changes or deletes until the transaction ends. */
export async function lockDeadLetters(
  tx: Transaction,
  ids: readonly string[],
): Promise<readonly StoredDeadLetter[]> {
  // Everybody locks in this order, so that nobody deadlocks.
  return await tx<StoredDeadLetter[]>`
    SELECT ${tx.unsafe(COLUMNS)}
    FROM dead_events WHERE id = ANY (${ids}::text[]::bigint[]) ORDER BY dead_events.id FOR UPDATE`;
}

/** Keeps the fields that a retry is about to send. Pass letters that the transaction has locked. */
export async function keepRetryFields(
  tx: Transaction,
  retries: readonly Pick<StoredDeadLetter, "id" | "retryFields">[],
): Promise<void> {
  if (retries.length === 0) return;
  await tx`
    UPDATE dead_events SET retry_fields = begun.fields::json
    FROM unnest(
      ${retries.map(({ id }) => id)}::text[]::bigint[],
      ${retries.map(({ retryFields }) => JSON.stringify(retryFields))}::text[]
    ) AS begun (id, fields)
    WHERE dead_events.id = begun.id`;
}

/** Pass letters that the transaction has locked. */
export async function deleteLockedLetters(tx: Transaction, ids: readonly string[]): Promise<void> {
  await tx`DELETE FROM dead_events WHERE id = ANY (${ids}::text[]::bigint[])`;
}

/** Returns the ids that existed. */
export async function deleteDeadLetters(
  database: Database,
  ids: readonly string[],
): Promise<readonly string[]> {
  return await database.transaction(QUERY_DEADLINE_MS, async (tx) => {
    const existing = (await lockDeadLetters(tx, ids)).map(({ id }) => id);
    await deleteLockedLetters(tx, existing);
    return existing;
  });
}

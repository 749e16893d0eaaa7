import type { Database } from "../database.ts";
import { QUERY_DEADLINE_MS } from "../deadlines.ts";
import type { DeadLetter } from "./insert-dead-letters.ts";

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

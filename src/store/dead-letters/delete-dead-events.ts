import type { Database } from "../database.ts";

const DEADLINE_MS = 8_000;

/** Deletes entries that were set aside, and answers the ids of those that were still there. */
export async function deleteDeadEvents(
  database: Database,
  ids: readonly string[],
): Promise<readonly string[]> {
  const rows = await database.query(
    DEADLINE_MS,
    async (sql) =>
      await sql<{ id: string }[]>`
      DELETE FROM dead_events WHERE id = ANY (${ids}::text[]::bigint[]) RETURNING id::text
    `,
  );
  return rows.map(({ id }) => id);
}

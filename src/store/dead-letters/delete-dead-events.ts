import type { Database } from "../database.ts";
import { QUERY_DEADLINE_MS } from "../deadlines.ts";

/** Deletes entries that were set aside, and answers the ids of those that were still there. */
export async function deleteDeadEvents(
  database: Database,
  ids: readonly string[],
): Promise<readonly string[]> {
  const rows = await database.query(
    QUERY_DEADLINE_MS,
    async (sql) =>
      await sql<{ id: string }[]>`
      DELETE FROM dead_events WHERE id = ANY (${ids}::text[]::bigint[]) RETURNING id::text
    `,
  );
  return rows.map(({ id }) => id);
}

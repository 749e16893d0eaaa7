import type { Database } from "../database.ts";
import { QUERY_DEADLINE_MS } from "../deadlines.ts";

/** The ids of all entries that are set aside now, oldest first. */
export async function deadEventIds(database: Database): Promise<readonly string[]> {
  const rows = await database.query(
    QUERY_DEADLINE_MS,
    async (sql) =>
      await sql<{ id: string }[]>`
      SELECT id::text FROM dead_events ORDER BY dead_events.id
    `,
  );
  return rows.map(({ id }) => id);
}

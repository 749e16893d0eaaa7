import type { Database } from "../database.ts";
import { QUERY_DEADLINE_MS } from "../deadlines.ts";
import type { StoredDeadEvent } from "./stored-dead-event.ts";

/** Those of the entries that were set aside which have one of these ids, oldest first. */
export async function findDeadEvents(
  database: Database,
  ids: readonly string[],
): Promise<readonly StoredDeadEvent[]> {
  return await database.query(
    QUERY_DEADLINE_MS,
    async (sql) =>
      await sql<StoredDeadEvent[]>`
      SELECT id::text, stream, entry_id AS "entryId", fields, reason, deliveries::float8,
        died_at AS "diedAt"
      FROM dead_events
      WHERE id = ANY (${ids}::text[]::bigint[])
      ORDER BY dead_events.id
    `,
  );
}

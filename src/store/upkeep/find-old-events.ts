import type { Database } from "../database.ts";
import { QUERY_DEADLINE_MS } from "../deadlines.ts";
import { type OldEvents, type OldEventsRow, oldEventsOf, type Stretch } from "./old-events.ts";

/** Counts the events of a stretch that are old enough to go, and deletes none. */
export async function findOldEvents(
  database: Database,
  { before, afterId, rowsMax }: Stretch,
): Promise<OldEvents> {
  const [row] = await database.query(
    QUERY_DEADLINE_MS,
    async (sql) =>
      await sql<OldEventsRow[]>`
      WITH stretch AS (
        SELECT id, received_at, (timestamp AT TIME ZONE 'UTC')::date AS date,
          received_at < ${before}::text::timestamptz AS is_received,
          greatest(received_at, timestamp) < ${before}::text::timestamptz AS is_old
        FROM events WHERE id > ${String(afterId)} ORDER BY id LIMIT ${rowsMax}
      )
      SELECT max(id)::text AS last_id, count(*) FILTER (WHERE is_received)::float8 AS received,
        count(*) FILTER (WHERE NOT is_received AND received_at <= now())::float8 AS recent,
        count(*) FILTER (WHERE is_old)::float8 AS old,
        (min(date) FILTER (WHERE is_old))::text AS from, (max(date) FILTER (WHERE is_old))::text AS to
      FROM stretch
    `,
  );
  return oldEventsOf(row, afterId);
}

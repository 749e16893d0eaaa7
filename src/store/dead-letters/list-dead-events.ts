import type { Database } from "../database.ts";
import { QUERY_DEADLINE_MS } from "../deadlines.ts";
import type { StoredDeadEvent } from "./stored-dead-event.ts";

/** Some of the entries that were set aside, and how many there are in all. */
export interface DeadEventList {
  readonly events: readonly StoredDeadEvent[];
  readonly total: number;
}

/** The newest of the entries that were set aside, newest first. */
export async function listDeadEvents(
  database: Database,
  { eventsMax }: { eventsMax: number },
): Promise<DeadEventList> {
  return await database.query(QUERY_DEADLINE_MS, async (sql) => {
    const events = await sql<StoredDeadEvent[]>`
      SELECT id::text, stream, entry_id AS "entryId", fields, reason, deliveries::float8,
        died_at AS "diedAt"
      FROM dead_events
      ORDER BY dead_events.id DESC
      LIMIT ${eventsMax}
    `;
    const [counted] = await sql<{ total: number }[]>`
      SELECT count(*)::float8 AS total FROM dead_events
    `;
    return { events, total: Math.max(counted?.total ?? 0, events.length) };
  });
}

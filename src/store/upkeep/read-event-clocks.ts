import type { Reading } from "../../event/retention.ts";
import type { Database } from "../database.ts";
import { QUERY_DEADLINE_MS } from "../deadlines.ts";

/** Events are stored roughly as they are received, but an entry that waited long may be stored last. */
const NEWEST_ROWS = 100;

/**
 * Reads what bounds a prune: PostgreSQL's clock, and when the newest event was received. Events received in the future, by a
 * clock that was wrong then, are ignored.
 */
export async function readEventClocks(database: Database): Promise<readonly Reading[]> {
  return await database.query(QUERY_DEADLINE_MS, async (sql) => {
    const [row] = await sql<{ now: Date; newest: Date | null }[]>`
      SELECT now(), max(received_at) FILTER (WHERE received_at <= now()) AS newest
      FROM (SELECT received_at FROM events ORDER BY id DESC LIMIT ${NEWEST_ROWS}) AS newest_rows`;
    if (row === undefined) return [];
    return [
      { of: "the clock of PostgreSQL", ms: row.now.getTime() },
      ...(row.newest === null ? [] : [{ of: "the newest event", ms: row.newest.getTime() }]),
    ];
  });
}

import type { Reading } from "../../event/retention.ts";
import type { Database } from "../database.ts";
import { QUERY_DEADLINE_MS } from "../deadlines.ts";

/** An entry that waited long may be stored last. */
const NEWEST_ROWS = 100;

/** Returns what bounds a prune. Ignores events received in the future, by a wrong clock. */
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

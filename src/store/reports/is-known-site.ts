import type { Database } from "../database.ts";
import { QUERY_DEADLINE_MS } from "../deadlines.ts";

/** Returns whether any event was ever stored. Rollups outlive events. */
export async function isKnownSite(database: Database, siteId: string): Promise<boolean> {
  const [row] = await database.query(
    QUERY_DEADLINE_MS,
    async (sql) =>
      await sql<{ known: boolean }[]>`
      SELECT EXISTS (SELECT FROM daily_site_stats WHERE site_id = ${siteId})
        OR EXISTS (SELECT FROM events WHERE site_id = ${siteId}) AS known
    `,
  );
  return row?.known === true;
}

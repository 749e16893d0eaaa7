import type { Database } from "../database.ts";
import { QUERY_DEADLINE_MS } from "../deadlines.ts";

/** A site with settings, or with events. */
export interface ReadableSite {
  readonly siteId: string;
  /** Empty for a site without settings. */
  readonly name: string;
  /** Null for a site without settings. */
  readonly timeZone: string | null;
  /** UTC day of its first event, null before it. */
  readonly firstDate: string | null;
}

/** Beyond these, a list helps nobody. */
const SITES_MAX = 10_000;

/** Returns the sites by `siteId`. Reads one index entry a site, however many days the rollup has. */
export async function listReadableSites(database: Database): Promise<readonly ReadableSite[]> {
  return await database.query(
    QUERY_DEADLINE_MS,
    async (sql) =>
      await sql<ReadableSite[]>`
      WITH RECURSIVE counted AS (
        (SELECT site_id, date FROM daily_site_stats ORDER BY site_id, date LIMIT 1)
        UNION ALL
        SELECT later.site_id, later.date FROM counted CROSS JOIN LATERAL (
          SELECT site_id, date FROM daily_site_stats WHERE site_id > counted.site_id ORDER BY site_id, date LIMIT 1
        ) AS later
      )
      SELECT site_id AS "siteId", coalesce(name, '') AS name, time_zone AS "timeZone", counted.date::text AS "firstDate"
      FROM counted FULL JOIN sites USING (site_id)
      ORDER BY site_id LIMIT ${SITES_MAX}
    `,
  );
}

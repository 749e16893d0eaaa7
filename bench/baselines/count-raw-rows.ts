import type { Sql } from "postgres";

/** Default number of top paths of `/stats`. */
const PATHS = 10;

/** Reads the result of `/stats` from the raw rows, in one statement and one pass over the rows. */
export async function countRawRows(sql: Sql, siteId: string, date: string): Promise<unknown> {
  return await sql`
    WITH day AS MATERIALIZED (
      SELECT path, user_id FROM events
      WHERE site_id = ${siteId}
        AND timestamp >= ${date}::timestamp AT TIME ZONE 'UTC'
        AND timestamp < (${date}::timestamp + interval '1 day') AT TIME ZONE 'UTC'
    )
    (SELECT count(*) AS views, count(DISTINCT user_id) AS users, NULL AS path FROM day)
    UNION ALL
    (SELECT count(*) AS views, NULL, path FROM day
     GROUP BY path ORDER BY views DESC, path COLLATE "C" LIMIT ${PATHS})
  `;
}

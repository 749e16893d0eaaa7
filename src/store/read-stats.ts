import { type Database, READ_TIMEOUT_MS } from "./database.ts";

/** PostgreSQL cancels the statement before, unless the way to it is lost. */
const DEADLINE_MS = READ_TIMEOUT_MS + 300;

/** Which day of which site, and how many paths; `date` is a UTC day, `YYYY-MM-DD`. */
export interface StatsQuery {
  readonly siteId: string;
  readonly date: string;
  readonly pathsMax: number;
}

/** A site's day, in the shape of the HTTP answer. */
export interface SiteStats {
  readonly site_id: string;
  readonly date: string;
  readonly total_views: number;
  readonly unique_users: number;
  readonly top_paths: readonly { readonly path: string; readonly views: number }[];
}

/**
 * Reads a site's day from the rollups, in one statement and so from one snapshot; a day never seen
 * is all zeros. Paths with equal views are in byte order. Counts are exact up to 2^53.
 *
 * The top paths are among those whose rank, the power of two of their views, is at least that of the last of as many
 * by rank, which an index knows: a day is read in the same time, however many paths it has. Only a day of fewer paths with
 * four views or more is read whole.
 */
export async function readStats(database: Database, query: StatsQuery): Promise<SiteStats> {
  const { siteId, date, pathsMax } = query;
  const rows = await database.query(DEADLINE_MS, async (sql) =>
    sql`
      WITH last AS (
        SELECT rank
        FROM daily_site_path_counts
        WHERE site_id = ${siteId} AND date = ${date}::text::date AND rank >= 2
        ORDER BY rank DESC
        OFFSET ${pathsMax - 1} LIMIT 1
      )
      (SELECT total_views, unique_users, NULL AS path
       FROM daily_site_stats
       WHERE site_id = ${siteId} AND date = ${date}::text::date)
      UNION ALL
      (SELECT views, NULL, path
       FROM daily_site_path_counts
       WHERE site_id = ${siteId} AND date = ${date}::text::date
         AND rank >= 2 AND rank >= (SELECT rank FROM last)
       ORDER BY views DESC, path COLLATE "C" ASC
       LIMIT ${pathsMax})
      UNION ALL
      (SELECT views, NULL, path
       FROM daily_site_path_counts
       WHERE site_id = ${siteId} AND date = ${date}::text::date AND NOT EXISTS (SELECT FROM last)
       ORDER BY views DESC, path COLLATE "C" ASC
       LIMIT ${pathsMax})
    `.values(),
  );
  const day = rows.find(([, , path]) => path === null);
  return {
    site_id: siteId,
    date,
    total_views: Number(day?.[0] ?? 0),
    unique_users: Number(day?.[1] ?? 0),
    top_paths: rows
      .filter(([, , path]) => path !== null)
      .map(([views, , path]) => ({ path, views: Number(views) })),
  };
}

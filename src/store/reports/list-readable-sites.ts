import type { Database } from "../database.ts";
import { QUERY_DEADLINE_MS } from "../deadlines.ts";
import { type SiteSearch, withKnownSites } from "./known-sites.ts";

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

/** Returns up to `limit` sites by `siteId`. */
export async function listReadableSites(
  database: Database,
  { limit, ...search }: SiteSearch & { readonly limit: number },
): Promise<readonly ReadableSite[]> {
  // Those that a search leaves out are read, too.
  const most = search.search === undefined ? { most: limit } : {};
  return await database.query(
    QUERY_DEADLINE_MS,
    async (sql) =>
      await sql<ReadableSite[]>`
      ${withKnownSites(sql, { ...search, ...most, isDistributed: database.hasCitus })}
      SELECT site_id AS "siteId", name, time_zone AS "timeZone", first_date::text AS "firstDate"
      FROM known ORDER BY site_id LIMIT ${limit}
    `,
  );
}

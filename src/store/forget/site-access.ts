import { deleteDefinitions } from "../access/definitions.ts";
import type { Database } from "../database.ts";
import { QUERY_DEADLINE_MS } from "../deadlines.ts";

/** What an operator has set for a site; goals, segments, annotations and public links are settings. */
export interface SiteAccess {
  readonly settings: number;
  readonly keys: number;
}

export async function countSiteAccess(database: Database, siteId: string): Promise<SiteAccess> {
  return await database.query(QUERY_DEADLINE_MS, async (sql) => {
    const [row] = await sql<[SiteAccess]>`
      SELECT ((SELECT count(*) FROM sites WHERE site_id = ${siteId})
          + (SELECT count(*) FROM site_goals WHERE site_id = ${siteId})
          + (SELECT count(*) FROM site_segments WHERE site_id = ${siteId})
          + (SELECT count(*) FROM site_annotations WHERE site_id = ${siteId})
          + (SELECT count(*) FROM site_shares WHERE site_id = ${siteId}))::float8 AS settings,
        (SELECT count(*) FROM site_keys WHERE site_id = ${siteId})::float8 AS keys`;
    return row;
  });
}

/** Deletes the site's settings, keys and links. Mirror them to Redis afterwards. */
export async function deleteSiteAccess(database: Database, siteId: string): Promise<void> {
  await database.transaction(QUERY_DEADLINE_MS, async (tx) => {
    await tx`DELETE FROM sites WHERE site_id = ${siteId}`;
    await deleteDefinitions(tx, siteId);
    await tx`DELETE FROM site_shares WHERE site_id = ${siteId}`;
    await tx`DELETE FROM site_keys WHERE site_id = ${siteId}`;
  });
}

import type { Sql } from "postgres";
import { siteRowsAfter } from "../reports/site-rows.ts";
import type { SiteTail, TailsPage } from "./tails.ts";

const SITES_PAGE = 500;
const PACKED_ID = "coalesce((SELECT packed_id FROM site_packing WHERE site_id = $1), 0)";

/** Does what `countTails` does with a statement a site: Citus takes no recursion. Finds sites by their totals. */
export async function countTailsBySite(
  sql: Sql,
  { afterSite, settledId, rowsMax }: TailsPage,
): Promise<{ readonly tails: readonly SiteTail[]; readonly lastSite: string | undefined }> {
  const sites = await sql<{ siteId: string }[]>`
    SELECT DISTINCT site_id AS "siteId" FROM daily_site_stats
    WHERE site_id > ${afterSite} ORDER BY 1 LIMIT ${SITES_PAGE}`;
  const tails: SiteTail[] = [];
  for (const { siteId } of sites) {
    const [row] = await sql.unsafe<{ rows: number }[]>(TAIL, [siteId, String(settledId), rowsMax]);
    if (row !== undefined && row.rows > 0) tails.push({ siteId, rows: row.rows });
  }
  return { tails, lastSite: sites.length < SITES_PAGE ? undefined : sites.at(-1)?.siteId };
}

const TAIL = `
  SELECT (count(*) FILTER (WHERE id <= $2::text::bigint))::float8 AS rows FROM (
    SELECT id FROM events WHERE ${siteRowsAfter("$1", PACKED_ID)} ORDER BY site_id, id LIMIT $3::int
  ) AS tail`;

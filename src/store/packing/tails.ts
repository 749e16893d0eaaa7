import type { Database } from "../database.ts";
import { QUERY_DEADLINE_MS } from "../deadlines.ts";
import { siteRowsAfter } from "../reports/site-rows.ts";
import { countTailsBySite } from "./count-tails-by-site.ts";

export interface SiteTail {
  readonly siteId: string;
  /** Settled rows that are not packed. */
  readonly rows: number;
}

export interface TailsPage {
  readonly afterSite: string;
  readonly settledId: bigint;
  /** Of each site. */
  readonly rowsMax: number;
}

/** Rows read at once: some milliseconds. */
const PAGE_ROWS = 50_000;
const SITES_PAGE = 500;
const PACKED_ID =
  "coalesce((SELECT packed_id FROM site_packing WHERE site_packing.site_id = found.site_id), 0)";

/** Counts rows by site in `(afterId, untilId]`, as far as a page goes. Returns the last id that it covers. */
export async function countNewRows(
  database: Database,
  { afterId, untilId }: { readonly afterId: bigint; readonly untilId: bigint },
): Promise<{ readonly tails: readonly SiteTail[]; readonly lastId: bigint }> {
  return await database.query(QUERY_DEADLINE_MS, async (sql) => {
    const rows = await sql<{ site_id: string; rows: number; last_id: string }[]>`
      SELECT site_id, count(*)::float8 AS rows, max(id)::text AS last_id FROM (
        SELECT site_id, id FROM events WHERE id > ${String(afterId)} AND id <= ${String(untilId)} ORDER BY id LIMIT ${PAGE_ROWS}
      ) AS page
      GROUP BY site_id`;
    const total = rows.reduce((sum, row) => sum + row.rows, 0);
    const tails = rows.map((row) => ({ siteId: row.site_id, rows: row.rows }));
    if (total < PAGE_ROWS) return { tails, lastId: untilId };
    const lastId = rows.reduce(
      (last, row) => (BigInt(row.last_id) > last ? BigInt(row.last_id) : last),
      0n,
    );
    return { tails, lastId };
  });
}

/**
 * Counts the settled rows of sites that are not packed, up to `rowsMax` of each, with a few steps through an index for each site. Returns
 * sites from the one after `afterSite` on, at most a page; `lastSite` is undefined after the last page.
 */
export async function countTails(
  database: Database,
  page: TailsPage,
): Promise<{ readonly tails: readonly SiteTail[]; readonly lastSite: string | undefined }> {
  const { afterSite, settledId, rowsMax } = page;
  return await database.query(QUERY_DEADLINE_MS, async (sql) => {
    if (database.hasCitus) return await countTailsBySite(sql, page);
    const rows = await sql<{ site_id: string; rows: number }[]>`
      WITH RECURSIVE found (site_id, place) AS (
        SELECT (SELECT site_id FROM events WHERE site_id > ${afterSite} COLLATE "C" ORDER BY site_id LIMIT 1), 1
        UNION ALL
        SELECT (
            SELECT events.site_id FROM events WHERE events.site_id > found.site_id ORDER BY events.site_id LIMIT 1
          ), place + 1
        FROM found WHERE found.site_id IS NOT NULL AND place < ${SITES_PAGE}
      )
      SELECT found.site_id, (
        SELECT (count(*) FILTER (WHERE id <= ${String(settledId)}))::float8 FROM (
          SELECT id FROM events
          WHERE ${sql.unsafe(siteRowsAfter("found.site_id", PACKED_ID))}
          ORDER BY site_id, id
          LIMIT ${rowsMax}
        ) AS tail
      ) AS rows
      FROM found WHERE found.site_id IS NOT NULL`;
    const tails = rows
      .filter((row) => row.rows > 0)
      .map((row) => ({ siteId: row.site_id, rows: row.rows }));
    return { tails, lastSite: rows.length < SITES_PAGE ? undefined : rows.at(-1)?.site_id };
  });
}

import type { Database } from "../database.ts";
import { UPKEEP_DEADLINE_MS } from "../deadlines.ts";
import { rebuildDay } from "../rollups/rebuild-day.ts";
import type { SiteDate } from "../rollups/rollup.ts";
import { waitForUpkeep } from "../upkeep/wait-for-upkeep.ts";
import { forgetSiteChunks } from "./packed-user.ts";
import { type ForgetCut, rowsBefore } from "./subject-rows.ts";

export interface SitePage {
  readonly siteId: string;
  readonly cut: ForgetCut;
  readonly afterId: bigint;
  readonly rowsMax: number;
}

/**
 * Deletes the site's events among the next `rowsMax` of all, and counts them as pruned: the rollups match at every commit. Blocks no
 * batch. Returns the last id, undefined after the last row.
 */
export async function forgetSitePage(
  database: Database,
  { siteId, cut, afterId, rowsMax }: SitePage,
): Promise<{ readonly events: number; readonly lastId: bigint | undefined }> {
  return await database.transaction(UPKEEP_DEADLINE_MS, async (tx) => {
    await waitForUpkeep(tx);
    // Citus has one server do all of it if each table names the site.
    const ofSite = database.hasCitus ? tx`AND events.site_id = ${siteId}` : tx``;
    const [row] = await tx<{ events: number; last_id: string | null }[]>`
      WITH page AS (
        SELECT id, site_id = ${siteId} AND ${rowsBefore(tx, cut)} AS is_due
        FROM events WHERE id > ${String(afterId)} ${ofSite} ORDER BY id LIMIT ${rowsMax}
      ), deleted AS (
        DELETE FROM events WHERE id = ANY (ARRAY(SELECT id FROM page WHERE is_due)) ${ofSite}
        RETURNING (timestamp AT TIME ZONE 'UTC')::date AS date
      ), pruned AS (
        INSERT INTO pruned_days AS pruned (site_id, date, events)
        SELECT ${siteId}, date, count(*) FROM deleted GROUP BY date ORDER BY date
        ON CONFLICT (site_id, date) DO UPDATE SET events = pruned.events + excluded.events
      )
      SELECT (SELECT count(*) FROM deleted)::float8 AS events, (SELECT max(id) FROM page)::text AS last_id`;
    const lastId = row?.last_id ?? undefined;
    return {
      events: row?.events ?? 0,
      lastId: lastId === undefined ? undefined : BigInt(lastId),
    };
  });
}

/** Deletes the site's chunks. Call it when `forgetSitePage` has left none of its rows. */
export async function forgetSitePacked(database: Database, siteId: string): Promise<void> {
  await database.transaction(UPKEEP_DEADLINE_MS, async (tx) => {
    await waitForUpkeep(tx);
    await forgetSiteChunks(tx, siteId);
  });
}

/**
 * Removes the rollups of a site's day, except those of events that arrived later, and its pruned events. Call it when
 * `forgetSitePage` has left none.
 *
 * @throws As `rebuildDay`.
 */
export async function forgetSiteDay(
  database: Database,
  { siteId, date }: SiteDate,
  settledId: bigint,
): Promise<void> {
  const day = { date, events: 0, firstId: 0n, lastId: 0n };
  await rebuildDay(database, { siteId, day, settledId }, { dropsPruned: true });
}

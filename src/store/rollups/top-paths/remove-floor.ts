import type { Transaction } from "../../database.ts";
import type { SiteDate } from "../rollup.ts";
import { FLOOR_PLACE } from "./path-floors.ts";

/**
 * Removes a floor when paths above it fell below, so that others may be among the top paths, and one whose path is gone, which may
 * have been a private one. Call it while no batch is stored: one could set a path's floor by the removed one.
 */
export async function removeFloor(tx: Transaction, { siteId, date }: SiteDate): Promise<void> {
  const removed = await tx`
    DELETE FROM daily_site_path_floors AS floors
    WHERE site_id = ${siteId} AND date = ${date}::text::date AND (${FLOOR_PLACE} > (
      SELECT count(*) FROM daily_site_path_counts AS counts
      WHERE counts.site_id = ${siteId} AND counts.top_date = ${date}::text::date
        AND (counts.views > floors.views OR (counts.views = floors.views AND counts.path COLLATE "C" <= floors.path))
    ) OR NOT EXISTS (
      SELECT FROM daily_site_path_counts AS counts
      WHERE counts.site_id = ${siteId} AND counts.date = ${date}::text::date AND counts.path = floors.path
    ))`;
  if (removed.count === 0) return;
  await tx`
    UPDATE daily_site_path_counts SET floor = 0
    WHERE site_id = ${siteId} AND date = ${date}::text::date AND floor > 0`;
}

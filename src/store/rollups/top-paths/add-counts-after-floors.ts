import type { Transaction } from "../../database.ts";
import { siteKey } from "../../in-key-order.ts";
import type { RollupRows } from "../fold-batch.ts";
import { isAtOrAbove, type PathFloor } from "./path-floors.ts";

/**
 * Does what `addCounts` does, with a round trip more: where the tables are distributed, Citus takes no INSERT that looks each row's floor up. A
 * floor that is raised meanwhile leaves new rows in the index, which is right, and costs no more than before.
 */
export async function addCountsAfterFloors(
  tx: Transaction,
  { rollup: { table, key, hasFloor = false }, rows }: RollupRows,
  views: string,
): Promise<void> {
  const floors = hasFloor ? await readFloors(tx, rows) : new Map<string, PathFloor>();
  await tx`
    INSERT INTO ${tx(table)} AS kept (site_id, date, ${tx(key.column)}, ${tx(views)}${hasFloor ? tx`, floor` : tx``})
    SELECT site_id, date::date, key, views${hasFloor ? tx`, floor` : tx``}
    FROM unnest(
      ${rows.map(({ siteId }) => siteId)}::text[],
      ${rows.map(({ date }) => date)}::text[],
      ${rows.map((row) => row.key)}::text[],
      ${rows.map((row) => row.views)}::bigint[],
      ${rows.map((row) => viewsToExceed(row.key, floors.get(siteKey(row.siteId, row.date))))}::bigint[]
    ) AS batch (site_id, date, key, views, floor)
    ON CONFLICT (site_id, date, ${tx(key.column)}) DO UPDATE SET
      ${tx(views)} = kept.${tx(views)} + excluded.${tx(views)}
      ${hasFloor ? tx`, floor = greatest(kept.floor, excluded.floor)` : tx``}
  `;
}

/** Of the days of the rows, and of few others. */
async function readFloors(
  tx: Transaction,
  rows: RollupRows["rows"],
): Promise<ReadonlyMap<string, PathFloor>> {
  const found = await tx<(PathFloor & { site_id: string; date: string })[]>`
    SELECT site_id, date::text, views::float8, path FROM daily_site_path_floors
    WHERE site_id = ANY (${[...new Set(rows.map(({ siteId }) => siteId))]}::text[])
      AND date = ANY (${[...new Set(rows.map(({ date }) => date))]}::text[]::date[])`;
  return new Map(found.map((row) => [siteKey(row.site_id, row.date), row]));
}

/** The views that a path must exceed to stand above its day's floor. */
function viewsToExceed(path: string, floor: PathFloor | undefined): number {
  if (floor === undefined) return 0;
  return isAtOrAbove(path, floor.views, floor) ? floor.views - 1 : floor.views;
}

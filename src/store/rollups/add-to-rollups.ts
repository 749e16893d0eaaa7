import type { Transaction } from "../database.ts";
import { siteKey } from "../in-key-order.ts";
import type { DayRow, FoldedBatch, RollupRows } from "./fold-batch.ts";
import { SITE_USERS } from "./site-users.ts";
import { addCountsAfterFloors } from "./top-paths/add-counts-after-floors.ts";

/** Returns how many were new, by `siteKey` of site and date. */
export type AddNewKeys = (
  tx: Transaction,
  rows: RollupRows,
) => Promise<ReadonlyMap<string, number>>;

/**
 * `unique_users` grows by the users whose row is new in this transaction. The totals come last: every batch of a busy site
 * locks them. `isDistributed` says that Citus may have distributed the tables.
 */
export async function addToRollups(
  tx: Transaction,
  { days, rollups }: FoldedBatch,
  addNewKeys: AddNewKeys,
  isDistributed = false,
): Promise<void> {
  if (days.length === 0) return;
  let newUsers: ReadonlyMap<string, number> = new Map();
  for (const rows of rollups) {
    const { rollup } = rows;
    if (rollup.views !== undefined) {
      await (isDistributed ? addCountsAfterFloors : addCounts)(tx, rows, rollup.views);
      continue;
    }
    const added = await addNewKeys(tx, rows);
    if (rollup === SITE_USERS) newUsers = added;
  }
  await addTotals(tx, days, newUsers);
}

export async function addCounts(
  tx: Transaction,
  { rollup: { table, key, hasFloor = false }, rows }: RollupRows,
  views: string,
): Promise<void> {
  await tx`
    INSERT INTO ${tx(table)} AS kept (site_id, date, ${tx(key.column)}, ${tx(views)}${hasFloor ? tx`, floor` : tx``})
    SELECT site_id, date::date, key, views${hasFloor ? tx`, ${floorOfRow(tx)}` : tx``}
    FROM unnest(
      ${rows.map(({ siteId }) => siteId)}::text[],
      ${rows.map(({ date }) => date)}::text[],
      ${rows.map((row) => row.key)}::text[],
      ${rows.map((row) => row.views)}::bigint[]
    ) AS batch (site_id, date, key, views)
    ON CONFLICT (site_id, date, ${tx(key.column)}) DO UPDATE SET
      ${tx(views)} = kept.${tx(views)} + excluded.${tx(views)}
      ${hasFloor ? tx`, floor = greatest(kept.floor, excluded.floor)` : tx``}
  `;
}

/** The views that a path must exceed to stand above its day's floor. */
function floorOfRow(tx: Transaction) {
  return tx`coalesce((
      SELECT floors.views - (batch.key COLLATE "C" <= floors.path)::int
      FROM daily_site_path_floors AS floors
      WHERE floors.site_id = batch.site_id AND floors.date = batch.date::date
    ), 0)`;
}

async function addTotals(
  tx: Transaction,
  days: readonly DayRow[],
  newUsers: ReadonlyMap<string, number>,
): Promise<void> {
  await tx`
    INSERT INTO daily_site_stats AS stats (site_id, date, total_views, unique_users)
    SELECT site_id, date::date, views, users
    FROM unnest(
      ${days.map(({ siteId }) => siteId)}::text[],
      ${days.map(({ date }) => date)}::text[],
      ${days.map(({ views }) => views)}::bigint[],
      ${days.map((day) => newUsers.get(siteKey(day.siteId, day.date)) ?? 0)}::bigint[]
    ) AS batch (site_id, date, views, users)
    ON CONFLICT (site_id, date) DO UPDATE SET
      total_views = stats.total_views + excluded.total_views,
      unique_users = stats.unique_users + excluded.unique_users
  `;
}

export async function insertNewKeys(
  tx: Transaction,
  { rollup: { table, key }, rows }: RollupRows,
): Promise<ReadonlyMap<string, number>> {
  const inserted = await tx`
    WITH inserted AS (
      INSERT INTO ${tx(table)} (site_id, date, ${tx(key.column)})
      SELECT site_id, date::date, key
      FROM unnest(
        ${rows.map(({ siteId }) => siteId)}::text[],
        ${rows.map(({ date }) => date)}::text[],
        ${rows.map((row) => row.key)}::text[]
      ) AS batch (site_id, date, key)
      ON CONFLICT (site_id, date, ${tx(key.column)}) DO NOTHING
      RETURNING site_id, date
    )
    SELECT site_id, date::text, count(*)::int FROM inserted GROUP BY site_id, date
  `.values();
  return new Map(inserted.map(([siteId, date, count]) => [siteKey(siteId, date), count]));
}

import type { Transaction } from "../database.ts";
import { insertNewKeys } from "./add-to-rollups.ts";
import { type RowDelta, rowsOfDay, type SiteDay, timestampsOf } from "./day-differences.ts";
import type { Rollup, SiteDate } from "./rollup.ts";
import { countRollups } from "./rollups.ts";
import { addCountsAfterFloors } from "./top-paths/add-counts-after-floors.ts";

/**
 * Call it while no batch is stored, and `repairTotals` afterwards. A surplus row stays when its value has occurred since
 * `settledId`.
 */
export async function repairRows(
  tx: Transaction,
  { siteId, day: { date }, settledId }: SiteDay,
  { rollups, deltas }: { rollups: readonly Rollup[]; deltas: readonly RowDelta[] },
): Promise<void> {
  for (const rollup of rollups) {
    const rows = deltas
      .filter(({ kind }) => kind === rollup.kind)
      .map(({ key, delta }) => ({ siteId, date, key, views: delta }));
    if (rows.length === 0) continue;
    if (rollup.views !== undefined) {
      await addCountsAfterFloors(tx, { rollup, rows }, rollup.views);
      continue;
    }
    await insertNewKeys(tx, { rollup, rows: rows.filter(({ views }) => views > 0) });
    const surplus = rows.filter(({ views }) => views < 0).map(({ key }) => key);
    await deleteSurplus(tx, { siteId, date, settledId }, rollup, surplus);
  }
}

/**
 * With bad statistics, NOT IN or a join may compare every row with every other. EXCEPT hashes or sorts, OFFSET 0 probes each
 * key, and MATERIALIZED avoids reading all events of the site. The equality in another collation fits no index: it names the site for Citus.
 */
async function deleteSurplus(
  tx: Transaction,
  { siteId, date, settledId }: SiteDate & { settledId: bigint },
  { table, key }: Rollup,
  surplus: readonly string[],
): Promise<void> {
  await tx`
    WITH recent AS MATERIALIZED (
      SELECT site_id, timestamp, ${tx.unsafe(key.sql)} AS key FROM events WHERE site_id = ${siteId} AND id > ${String(settledId)}
    ), unseen AS (
      SELECT key FROM unnest(${surplus}::text[]) AS surplus (key)
      EXCEPT
      SELECT key FROM recent WHERE site_id = ${siteId} AND ${timestampsOf(tx, date)}
    )
    DELETE FROM ${tx(table)}
    WHERE site_id = ${siteId} COLLATE "POSIX" AND ctid = ANY (ARRAY(
      SELECT kept.ctid
      FROM unseen
      CROSS JOIN LATERAL (
        SELECT ctid FROM ${tx(table)}
        WHERE ${rowsOfDay(tx, { siteId, date })} AND ${tx(key.column)} = unseen.key
        OFFSET 0
      ) AS kept
    ))
  `;
}

/** Deletes rows without views. Call it after `repairRows`, while no batch is stored. */
export async function repairTotals(
  tx: Transaction,
  day: SiteDate,
  rollups: readonly Rollup[],
): Promise<void> {
  const ofDay = rowsOfDay(tx, day);
  for (const { table, views } of countRollups(rollups)) {
    await tx`DELETE FROM ${tx(table)} WHERE ${ofDay} AND ${tx(views)} <= 0`;
  }
  await tx`
    WITH totals AS (
      SELECT
        (SELECT sum(views) FROM daily_site_path_counts WHERE ${ofDay}) AS views,
        (SELECT count(*) FROM daily_site_users WHERE ${ofDay}) AS users
    ), emptied AS (
      DELETE FROM daily_site_stats USING totals WHERE ${ofDay} AND views IS NULL
    )
    INSERT INTO daily_site_stats (site_id, date, total_views, unique_users)
    SELECT ${day.siteId}, ${day.date}::text::date, views, users FROM totals WHERE views IS NOT NULL
    ON CONFLICT (site_id, date) DO UPDATE SET
      total_views = excluded.total_views,
      unique_users = excluded.unique_users
  `;
}

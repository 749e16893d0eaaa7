import type { Transaction } from "../database.ts";
import type { Rollup } from "./rollup.ts";
import { floorOf, readFloors } from "./top-paths/path-floors.ts";

/** Adds the users who are new on their site's day, and answers how many those are, by the days of the rollup. */
export type AddUsers = (tx: Transaction, rollup: Rollup) => Promise<readonly number[]>;

/**
 * Adds a batch to the rollups. `unique_users` grows by the users whose row is new in this very
 * transaction, which keeps it exact. The tables are always touched in this sequence and each in key
 * order, so that batches cannot deadlock; the site's day, which every batch of a busy site needs,
 * comes last and is locked for the shortest time.
 */
export async function applyRollup(
  tx: Transaction,
  rollup: Rollup,
  addUsers: AddUsers,
): Promise<void> {
  if (rollup.length === 0) return;
  const newUsers = await addUsers(tx, rollup);
  const floors = await readFloors(tx, rollup);
  const paths = rollup.flatMap(({ siteId, date, paths: ofDay }, day) =>
    ofDay.map(({ path, views }) => ({
      siteId,
      date,
      path,
      views,
      floor: floorOf(path, floors[day]),
    })),
  );
  await tx`
    INSERT INTO daily_site_path_counts AS counts (site_id, date, path, views, floor)
    SELECT site_id, date::date, path, views, floor
    FROM unnest(
      ${paths.map((row) => row.siteId)}::text[],
      ${paths.map((row) => row.date)}::text[],
      ${paths.map((row) => row.path)}::text[],
      ${paths.map((row) => row.views)}::bigint[],
      ${paths.map((row) => row.floor)}::bigint[]
    ) AS batch (site_id, date, path, views, floor)
    ON CONFLICT (site_id, date, path) DO UPDATE SET
      views = counts.views + excluded.views,
      floor = greatest(counts.floor, excluded.floor)
  `;
  await tx`
    INSERT INTO daily_site_stats AS stats (site_id, date, total_views, unique_users)
    SELECT site_id, date::date, views, users
    FROM unnest(
      ${rollup.map((row) => row.siteId)}::text[],
      ${rollup.map((row) => row.date)}::text[],
      ${rollup.map((row) => row.views)}::bigint[],
      ${newUsers}::bigint[]
    ) AS batch (site_id, date, views, users)
    ON CONFLICT (site_id, date) DO UPDATE SET
      total_views = stats.total_views + excluded.total_views,
      unique_users = stats.unique_users + excluded.unique_users
  `;
}

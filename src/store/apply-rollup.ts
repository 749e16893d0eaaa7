import type { Rollup } from "../event/rollup.ts";
import type { Transaction } from "./database.ts";

/**
 * Adds a batch to the rollups. `unique_users` grows by the users whose row is new in this very
 * transaction, which keeps it exact. The tables are always touched in this sequence and each in key
 * order, so that batches cannot deadlock; the site's day, which every batch of a busy site needs,
 * comes last and is locked for the shortest time.
 */
export async function applyRollup(tx: Transaction, rollup: Rollup): Promise<void> {
  const { usersSeen, pathViews, siteViews } = rollup;
  if (siteViews.length === 0) return;
  const newUsers = await tx`
    WITH inserted AS (
      INSERT INTO daily_site_users (site_id, date, user_id)
      SELECT site_id, date::date, user_id
      FROM unnest(
        ${usersSeen.map((row) => row.siteId)}::text[],
        ${usersSeen.map((row) => row.date)}::text[],
        ${usersSeen.map((row) => row.userId)}::text[]
      ) AS batch (site_id, date, user_id)
      ON CONFLICT (site_id, date, user_id) DO NOTHING
      RETURNING site_id, date
    )
    SELECT site_id, date::text, count(*)::int FROM inserted GROUP BY site_id, date
  `.values();
  await tx`
    INSERT INTO daily_site_path_counts AS counts (site_id, date, path, views)
    SELECT site_id, date::date, path, views
    FROM unnest(
      ${pathViews.map((row) => row.siteId)}::text[],
      ${pathViews.map((row) => row.date)}::text[],
      ${pathViews.map((row) => row.path)}::text[],
      ${pathViews.map((row) => row.views)}::bigint[]
    ) AS batch (site_id, date, path, views)
    ON CONFLICT (site_id, date, path) DO UPDATE SET views = counts.views + excluded.views
  `;
  const newUsersOf = new Map(
    newUsers.map(([siteId, date, users]) => [`${siteId}\0${date}`, users]),
  );
  await tx`
    INSERT INTO daily_site_stats AS stats (site_id, date, total_views, unique_users)
    SELECT site_id, date::date, views, users
    FROM unnest(
      ${siteViews.map((row) => row.siteId)}::text[],
      ${siteViews.map((row) => row.date)}::text[],
      ${siteViews.map((row) => row.views)}::bigint[],
      ${siteViews.map((row) => newUsersOf.get(`${row.siteId}\0${row.date}`) ?? 0)}::bigint[]
    ) AS batch (site_id, date, views, users)
    ON CONFLICT (site_id, date) DO UPDATE SET
      total_views = stats.total_views + excluded.total_views,
      unique_users = stats.unique_users + excluded.unique_users
  `;
}

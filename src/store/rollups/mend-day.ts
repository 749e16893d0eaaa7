import type { Transaction } from "../database.ts";
import type { Drift, SiteDay } from "./drift.ts";

/**
 * Mends rows of a day's users and paths. To be called while no batch is stored. A user's row that was too much stays when an
 * event of the user has come since.
 */
export async function mendRows(
  tx: Transaction,
  { siteId, day: { date }, settledId }: SiteDay,
  drift: readonly Drift[],
): Promise<void> {
  const users = drift.filter(({ kind }) => kind === "user");
  const missing = users.filter(({ delta }) => delta > 0).map(({ key }) => key);
  const surplus = users.filter(({ delta }) => delta < 0).map(({ key }) => key);
  const paths = drift.filter(({ kind }) => kind === "path");
  if (missing.length > 0) {
    await tx`
      INSERT INTO daily_site_users (site_id, date, user_id)
      SELECT ${siteId}, ${date}::text::date, user_id FROM unnest(${missing}::text[]) AS missing (user_id)
      ON CONFLICT (site_id, date, user_id) DO NOTHING
    `;
  }
  if (surplus.length > 0) {
    // With missing or old statistics NOT IN or a join may compare every user with every other. EXCEPT only hashes or sorts,
    // and OFFSET 0 makes a probe of the key per user. MATERIALIZED keeps the planner from reading all events of the site.
    await tx`
      WITH recent AS MATERIALIZED (
        SELECT site_id, user_id, timestamp FROM events WHERE id > ${String(settledId)}
      ), unseen AS (
        SELECT user_id FROM unnest(${surplus}::text[]) AS surplus (user_id)
        EXCEPT
        SELECT user_id FROM recent
        WHERE site_id = ${siteId}
          AND timestamp >= ${date}::text::date::timestamp AT TIME ZONE 'UTC'
          AND timestamp < (${date}::text::date + 1)::timestamp AT TIME ZONE 'UTC'
      )
      DELETE FROM daily_site_users
      WHERE ctid = ANY (ARRAY(
        SELECT users.ctid
        FROM unseen
        CROSS JOIN LATERAL (
          SELECT ctid FROM daily_site_users
          WHERE site_id = ${siteId} AND date = ${date}::text::date AND user_id = unseen.user_id
          OFFSET 0
        ) AS users
      ))
    `;
  }
  if (paths.length > 0) await mendPaths(tx, { siteId, date }, paths);
}

/** Rows may be left with no views, which `mendTotals` removes. */
async function mendPaths(
  tx: Transaction,
  { siteId, date }: { siteId: string; date: string },
  drift: readonly Drift[],
): Promise<void> {
  await tx`
    INSERT INTO daily_site_path_counts AS counts (site_id, date, path, views)
    SELECT ${siteId}, ${date}::text::date, path, delta
    FROM unnest(${drift.map(({ key }) => key)}::text[], ${drift.map(({ delta }) => delta)}::bigint[]) AS drift (path, delta)
    ON CONFLICT (site_id, date, path) DO UPDATE SET views = counts.views + excluded.views
  `;
}

/**
 * Removes paths without views and sets the day's totals to the sums of its paths and users. To be called while no batch is
 * stored, after `mendRows`.
 */
export async function mendTotals(
  tx: Transaction,
  { siteId, day: { date } }: SiteDay,
): Promise<void> {
  await tx`
    DELETE FROM daily_site_path_counts WHERE site_id = ${siteId} AND date = ${date}::text::date AND views <= 0
  `;
  await tx`
    WITH totals AS (
      SELECT
        (SELECT sum(views) FROM daily_site_path_counts WHERE site_id = ${siteId} AND date = ${date}::text::date) AS views,
        (SELECT count(*) FROM daily_site_users WHERE site_id = ${siteId} AND date = ${date}::text::date) AS users
    ), emptied AS (
      DELETE FROM daily_site_stats USING totals
      WHERE site_id = ${siteId} AND date = ${date}::text::date AND views IS NULL
    )
    INSERT INTO daily_site_stats (site_id, date, total_views, unique_users)
    SELECT ${siteId}, ${date}::text::date, views, users FROM totals WHERE views IS NOT NULL
    ON CONFLICT (site_id, date) DO UPDATE SET
      total_views = excluded.total_views,
      unique_users = excluded.unique_users
  `;
}

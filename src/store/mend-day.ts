import type { Transaction } from "./database.ts";
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
    await tx`
      DELETE FROM daily_site_users AS users
      WHERE site_id = ${siteId} AND date = ${date}::text::date AND user_id = ANY (${surplus}::text[])
        AND user_id NOT IN (
          SELECT user_id FROM events
          WHERE id > ${String(settledId)} AND site_id = ${siteId}
            AND timestamp >= ${date}::text::date::timestamp AT TIME ZONE 'UTC'
            AND timestamp < (${date}::text::date + 1)::timestamp AT TIME ZONE 'UTC'
        )
    `;
  }
  if (paths.length > 0) await mendPaths(tx, { siteId, date }, paths);
}

/** Three statements, since no row may have 0 views in between: it would have no rank. */
async function mendPaths(
  tx: Transaction,
  { siteId, date }: { siteId: string; date: string },
  drift: readonly Drift[],
): Promise<void> {
  const paths = drift.map(({ key }) => key);
  const deltas = drift.map(({ delta }) => delta);
  await tx`
    DELETE FROM daily_site_path_counts AS counts
    USING unnest(${paths}::text[], ${deltas}::bigint[]) AS drift (path, delta)
    WHERE counts.site_id = ${siteId} AND counts.date = ${date}::text::date AND counts.path = drift.path
      AND views + delta <= 0
  `;
  await tx`
    UPDATE daily_site_path_counts AS counts SET views = views + delta
    FROM unnest(${paths}::text[], ${deltas}::bigint[]) AS drift (path, delta)
    WHERE counts.site_id = ${siteId} AND counts.date = ${date}::text::date AND counts.path = drift.path
      AND delta < 0
  `;
  await tx`
    INSERT INTO daily_site_path_counts AS counts (site_id, date, path, views)
    SELECT ${siteId}, ${date}::text::date, path, delta
    FROM unnest(${paths}::text[], ${deltas}::bigint[]) AS drift (path, delta)
    WHERE delta > 0
    ON CONFLICT (site_id, date, path) DO UPDATE SET views = counts.views + excluded.views
  `;
}

/** Sets a day's totals to the sums of its paths and users. To be called while no batch is stored, after `mendRows`. */
export async function mendTotals(
  tx: Transaction,
  { siteId, day: { date } }: SiteDay,
): Promise<void> {
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

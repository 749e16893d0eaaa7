import type { Transaction } from "../database.ts";
import type { EventDay } from "../upkeep/event-days.ts";

const PAGE_ROWS = 5_000;

/** A site's day that is counted again, and the id up to which its events were settled when the work began. */
export interface SiteDay {
  readonly siteId: string;
  readonly day: EventDay;
  readonly settledId: bigint;
}

/**
 * One row of the difference between a day's events and its rollups: a user whose row is missing (1) or too much (-1), the
 * views that a path lacks or, negative, has too many; and that the day's totals are wrong.
 */
export interface Drift {
  readonly kind: "user" | "path" | "day";
  readonly key: string;
  readonly delta: number;
}

/**
 * Counts a day again and keeps how the rollups differ, as of this one moment, for `fetchDrift`. It stays true while batches
 * are stored: each adds the same to the events and to the rollups, and takes nothing from their difference.
 */
export async function openDrift(
  tx: Transaction,
  { siteId, day, settledId }: SiteDay,
): Promise<void> {
  const { date, firstId, lastId } = day;
  await tx`
    DECLARE drift NO SCROLL CURSOR FOR
    WITH raw AS MATERIALIZED (
      SELECT path, user_id
      FROM events
      WHERE site_id = ${siteId}
        AND (id BETWEEN ${String(firstId)} AND ${String(lastId)} OR id > ${String(settledId)})
        AND timestamp >= ${date}::text::date::timestamp AT TIME ZONE 'UTC'
        AND timestamp < (${date}::text::date + 1)::timestamp AT TIME ZONE 'UTC'
    ), users_counted AS (
      SELECT user_id, true AS has_events FROM raw GROUP BY user_id
    ), users_kept AS (
      SELECT user_id, true AS has_row FROM daily_site_users WHERE site_id = ${siteId} AND date = ${date}::text::date
    ), paths_counted AS (
      SELECT path, count(*) AS events FROM raw GROUP BY path
    ), paths_kept AS (
      SELECT path, views FROM daily_site_path_counts WHERE site_id = ${siteId} AND date = ${date}::text::date
    ), totals AS (
      SELECT nullif(count(*), 0) AS events, nullif(count(DISTINCT user_id), 0) AS users FROM raw
    ), stats AS (
      SELECT total_views, unique_users FROM daily_site_stats WHERE site_id = ${siteId} AND date = ${date}::text::date
    )
    SELECT 'user' AS kind, user_id COLLATE "C" AS key, CASE WHEN has_row THEN -1 ELSE 1 END::float8 AS delta
    FROM users_counted FULL JOIN users_kept USING (user_id)
    WHERE has_events IS NULL OR has_row IS NULL
    UNION ALL
    SELECT 'path', path COLLATE "C", (coalesce(events, 0) - coalesce(views, 0))::float8
    FROM paths_counted FULL JOIN paths_kept USING (path)
    WHERE events IS DISTINCT FROM views
    UNION ALL
    SELECT 'day', '', 0
    FROM totals LEFT JOIN stats ON true
    WHERE (events, users) IS DISTINCT FROM (total_views, unique_users)
    ORDER BY kind, key
  `;
}

/** The next rows of what `openDrift` found; empty after the last. The first call does the counting. */
export async function fetchDrift(tx: Transaction): Promise<readonly Drift[]> {
  return await tx.unsafe<Drift[]>(`FETCH ${PAGE_ROWS} FROM drift`);
}

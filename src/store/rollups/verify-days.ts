import type { Transaction } from "../database.ts";
import type { DaySpan } from "./day-span.ts";
import type { DayViolation, Violations } from "./violation.ts";

/** Site's days whose events, pruned ones included, are not its views in both rollups, or whose users are not its user rows. */
export async function verifyDays(
  tx: Transaction,
  { siteId, from, to, firstId, lastId }: DaySpan,
  rowsMax: number,
): Promise<Violations> {
  const ofSite = siteId === undefined ? tx`` : tx`AND site_id = ${siteId}`;
  const ofDays = tx`date BETWEEN ${from}::text::date AND ${to}::text::date ${ofSite}`;
  const found = await tx<(Omit<DayViolation, "kind"> & { total: number })[]>`
    WITH raw AS (
      SELECT site_id, (timestamp AT TIME ZONE 'UTC')::date AS date, count(*) AS events
      FROM events
      WHERE id BETWEEN ${String(firstId)} AND ${String(lastId)}
        AND timestamp >= ${from}::text::date::timestamp AT TIME ZONE 'UTC'
        AND timestamp < (${to}::text::date + 1)::timestamp AT TIME ZONE 'UTC'
        ${ofSite}
      GROUP BY 1, 2
    ), pruned AS (
      SELECT site_id, date, events AS pruned_events FROM pruned_days WHERE ${ofDays}
    ), paths AS (
      SELECT site_id, date, sum(views) AS path_views
      FROM daily_site_path_counts WHERE ${ofDays} GROUP BY site_id, date
    ), seen AS (
      SELECT site_id, date, count(*) AS users
      FROM daily_site_users WHERE ${ofDays} GROUP BY site_id, date
    ), stats AS (
      SELECT site_id, date, total_views, unique_users FROM daily_site_stats WHERE ${ofDays}
    ), counted AS (
      SELECT site_id, date, total_views, path_views, unique_users, users,
        coalesce(events, 0) AS events, coalesce(pruned_events, 0) AS pruned_events
      FROM raw
      FULL JOIN pruned USING (site_id, date)
      FULL JOIN paths USING (site_id, date)
      FULL JOIN seen USING (site_id, date)
      FULL JOIN stats USING (site_id, date)
    )
    SELECT site_id, date::text, events::float8, pruned_events::float8, total_views::float8, path_views::float8,
      unique_users::float8, users::float8, (count(*) OVER ())::float8 AS total
    FROM counted
    WHERE total_views IS DISTINCT FROM events + pruned_events
      OR path_views IS DISTINCT FROM events + pruned_events
      OR unique_users IS DISTINCT FROM users
    ORDER BY counted.date, site_id COLLATE "C"
    LIMIT ${rowsMax}
  `;
  let total = 0;
  const rows = found.map(({ total: all, ...row }) => {
    total = all;
    return { kind: "day" as const, ...row };
  });
  return { rows, total };
}

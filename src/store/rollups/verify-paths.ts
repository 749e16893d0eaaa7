import type { Transaction } from "../database.ts";
import type { DaySpan } from "./day-span.ts";
import type { PathViolation, Violations } from "./violation.ts";

/** Paths whose views are not its events. Of a day with pruned events only too few views can be told. */
export async function verifyPaths(
  tx: Transaction,
  { siteId, from, to, firstId, lastId }: DaySpan,
  rowsMax: number,
): Promise<Violations> {
  const ofSite = siteId === undefined ? tx`` : tx`AND site_id = ${siteId}`;
  const found = await tx<(Omit<PathViolation, "kind"> & { total: number })[]>`
    WITH raw AS (
      SELECT site_id, (timestamp AT TIME ZONE 'UTC')::date AS date, path, count(*) AS events
      FROM events
      WHERE id BETWEEN ${String(firstId)} AND ${String(lastId)}
        AND timestamp >= ${from}::text::date::timestamp AT TIME ZONE 'UTC'
        AND timestamp < (${to}::text::date + 1)::timestamp AT TIME ZONE 'UTC'
        ${ofSite}
      GROUP BY 1, 2, 3
    ), paths AS (
      SELECT site_id, date, path, views
      FROM daily_site_path_counts
      WHERE date BETWEEN ${from}::text::date AND ${to}::text::date ${ofSite}
    ), counted AS (
      SELECT site_id, date, path, events, views FROM raw FULL JOIN paths USING (site_id, date, path)
      WHERE events IS DISTINCT FROM views
    )
    SELECT site_id, date::text, path, coalesce(counted.events, 0)::float8 AS events, views::float8,
      (count(*) OVER ())::float8 AS total
    FROM counted LEFT JOIN pruned_days USING (site_id, date)
    WHERE pruned_days.events IS NULL OR coalesce(counted.events, 0) > coalesce(views, 0)
    ORDER BY counted.date, site_id COLLATE "C", path COLLATE "C"
    LIMIT ${rowsMax}
  `;
  let total = 0;
  const rows = found.map(({ total: all, ...row }) => {
    total = all;
    return { kind: "path" as const, ...row };
  });
  return { rows, total };
}

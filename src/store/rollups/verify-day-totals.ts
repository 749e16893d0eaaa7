import type { Transaction } from "../database.ts";
import { type DaySpan, eventsOf, rowsOf } from "./day-span.ts";
import type { DayDifference, Differences } from "./difference.ts";
import type { Rollup } from "./rollup.ts";
import { countRollups, DAY_TOTALS } from "./rollups.ts";
import { SITE_USERS } from "./site-users.ts";

/** Compares the events, pruned ones included, with `total_views` and each rollup's sum, and the user rows with `unique_users`. */
export async function verifyDayTotals(
  tx: Transaction,
  { span, rollups, rowsMax }: { span: DaySpan; rollups: readonly Rollup[]; rowsMax: number },
): Promise<Differences> {
  const sums = countRollups(rollups).map(({ kind, table, views }) => ({
    table: tx(table),
    views: tx(views),
    sum: tx(`${kind}_views`),
  }));
  const ofSpan = rowsOf(tx, span);
  const found = await tx<(DayDifference & { total: number })[]>`
    WITH counted AS (
      SELECT site_id, (timestamp AT TIME ZONE 'UTC')::date AS date, count(*) AS counted
      FROM events WHERE ${eventsOf(tx, span)} GROUP BY 1, 2
    ), pruned AS (
      SELECT site_id, date, events AS pruned FROM pruned_days WHERE ${ofSpan}
    ), users AS (
      SELECT site_id, date, count(*) AS users FROM ${tx(SITE_USERS.table)} WHERE ${ofSpan} GROUP BY site_id, date
    ), totals AS (
      SELECT site_id, date, total_views, unique_users FROM ${tx(DAY_TOTALS)} WHERE ${ofSpan}
    ), days AS (
      SELECT *, coalesce(counted, 0) AS events, coalesce(pruned, 0) AS pruned_events
      FROM counted
      FULL JOIN pruned USING (site_id, date)
      FULL JOIN users USING (site_id, date)
      FULL JOIN totals USING (site_id, date)
      ${sums.map(
        ({ table, views, sum }) => tx`
      FULL JOIN (
        SELECT site_id, date, sum(${views}) AS ${sum} FROM ${table} WHERE ${ofSpan} GROUP BY site_id, date
      ) AS ${sum} USING (site_id, date)`,
      )}
    )
    SELECT 'day' AS kind, site_id, date::text, events::float8, pruned_events::float8, total_views::float8,
      ${sums.map(({ sum }) => tx`${sum}::float8,`)}
      unique_users::float8, users::float8, (count(*) OVER ())::float8 AS total
    FROM days
    WHERE total_views IS DISTINCT FROM events + pruned_events
      ${sums.map(({ sum }) => tx`OR ${sum} IS DISTINCT FROM events + pruned_events`)}
      OR unique_users IS DISTINCT FROM users
    ORDER BY days.date, site_id COLLATE "C"
    LIMIT ${rowsMax}
  `;
  let total = 0;
  const rows = found.map(({ total: all, ...difference }) => {
    total = all;
    return difference;
  });
  return { rows, total };
}

import type { Transaction } from "../database.ts";
import type { DaySpan } from "./day-span.ts";
import type { UserViolation, Violations } from "./violation.ts";

/** Users of a day with events and no row, or with a row and no event; the latter are right where events were pruned. */
export async function verifyUsers(
  tx: Transaction,
  { siteId, from, to, firstId, lastId }: DaySpan,
  rowsMax: number,
): Promise<Violations> {
  const ofSite = siteId === undefined ? tx`` : tx`AND site_id = ${siteId}`;
  const found = await tx<(Omit<UserViolation, "kind"> & { total: number })[]>`
    WITH raw AS (
      SELECT site_id, (timestamp AT TIME ZONE 'UTC')::date AS date, user_id, true AS has_events
      FROM events
      WHERE id BETWEEN ${String(firstId)} AND ${String(lastId)}
        AND timestamp >= ${from}::text::date::timestamp AT TIME ZONE 'UTC'
        AND timestamp < (${to}::text::date + 1)::timestamp AT TIME ZONE 'UTC'
        ${ofSite}
      GROUP BY 1, 2, 3
    ), seen AS (
      SELECT site_id, date, user_id, true AS has_row
      FROM daily_site_users
      WHERE date BETWEEN ${from}::text::date AND ${to}::text::date ${ofSite}
    ), counted AS (
      SELECT site_id, date, user_id, has_events, has_row FROM raw FULL JOIN seen USING (site_id, date, user_id)
      WHERE has_events IS NULL OR has_row IS NULL
    )
    SELECT site_id, date::text, user_id, has_events IS NOT NULL AS has_events, (count(*) OVER ())::float8 AS total
    FROM counted LEFT JOIN pruned_days USING (site_id, date)
    WHERE has_row IS NULL OR pruned_days.events IS NULL
    ORDER BY counted.date, site_id COLLATE "C", user_id COLLATE "C"
    LIMIT ${rowsMax}
  `;
  let total = 0;
  const rows = found.map(({ total: all, ...row }) => {
    total = all;
    return { kind: "user" as const, ...row };
  });
  return { rows, total };
}

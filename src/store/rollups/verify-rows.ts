import type { Transaction } from "../database.ts";
import { type DaySpan, eventsOf, rowsOf } from "./day-span.ts";
import type { Differences, RowDifference } from "./difference.ts";
import type { Rollup } from "./rollup.ts";

/** On a day with pruned events, finds only rows that count too few. */
export async function verifyRows(
  tx: Transaction,
  { span, rollup, rowsMax }: { span: DaySpan; rollup: Rollup; rowsMax: number },
): Promise<Differences> {
  const { table, key, views } = rollup;
  const found = await tx<(Omit<RowDifference, "kind" | "rollup"> & { total: number })[]>`
    WITH counted AS (
      SELECT site_id, (timestamp AT TIME ZONE 'UTC')::date AS date, ${tx.unsafe(key.sql)} AS key,
        ${views === undefined ? tx`1` : tx`count(*)`} AS counted
      FROM events WHERE ${eventsOf(tx, span)} GROUP BY 1, 2, 3
    ), kept AS (
      SELECT site_id, date, ${tx(key.column)} AS key, ${views === undefined ? tx`1` : tx(views)} AS kept
      FROM ${tx(table)} WHERE ${rowsOf(tx, span)}
    ), different AS (
      SELECT site_id, date, key, coalesce(counted, 0) AS counted, kept
      FROM counted FULL JOIN kept USING (site_id, date, key)
      WHERE counted IS DISTINCT FROM kept
    )
    SELECT site_id, date::text, key, counted::float8, kept::float8, (count(*) OVER ())::float8 AS total
    FROM different LEFT JOIN pruned_days USING (site_id, date)
    WHERE pruned_days.events IS NULL OR counted > coalesce(kept, 0)
    ORDER BY different.date, site_id COLLATE "C", key COLLATE "C"
    LIMIT ${rowsMax}
  `;
  let total = 0;
  const rows = found.map(({ total: all, ...row }) => {
    total = all;
    return { kind: "row" as const, rollup, ...row };
  });
  return { rows, total };
}

import { expect } from "bun:test";
import type { Sql } from "postgres";

/**
 * Asserts in one snapshot that the chunks of each site's day have as many events as it has rows up to the site's `packed_id`, none of
 * which was pruned. Returns how many events are packed.
 */
export async function checkPacked(sql: Sql): Promise<number> {
  const days = await sql<{ site_id: string; date: string; rows: number; packed: number }[]>`
    SELECT site_id, date::text, coalesce(rows, 0)::int AS rows, coalesce(packed, 0)::int AS packed
    FROM (
      SELECT site_id, (timestamp AT TIME ZONE 'UTC')::date AS date, count(*) AS rows
      FROM events JOIN site_packing USING (site_id) WHERE id <= packed_id GROUP BY 1, 2
    ) AS raw FULL JOIN (
      SELECT site_id, date, sum(events) AS packed FROM day_chunks GROUP BY 1, 2
    ) AS chunks USING (site_id, date)`;
  expect(days.filter(({ rows, packed }) => rows !== packed)).toEqual([]);
  return days.reduce((sum, { packed }) => sum + packed, 0);
}

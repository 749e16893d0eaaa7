import type { SQL } from "bun";

/** A UTC day of a site of which raw rows were pruned. */
export interface PrunedDay {
  readonly date: string;
  /** How many of them were pruned before they were packed, and so are nowhere. */
  readonly unpacked: number;
}

/** Returns the pruned days of a site from one date to another, both included, in their order. */
export async function readPrunedDays(
  sql: SQL,
  { siteId, from, to }: { readonly siteId: string; readonly from: string; readonly to: string },
): Promise<readonly PrunedDay[]> {
  return await sql<PrunedDay[]>`
    SELECT date::text AS date, unpacked::float8 AS unpacked
    FROM pruned_days
    WHERE site_id = ${siteId} AND date BETWEEN ${from}::text::date AND ${to}::text::date
    ORDER BY pruned_days.date`;
}

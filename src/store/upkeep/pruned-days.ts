import type { Transaction } from "../database.ts";

/** Returns days with pruned events, in order; UTC, `YYYY-MM-DD`. */
export async function prunedDays(
  tx: Transaction,
  { siteId, from, to }: { siteId: string; from: string; to: string },
): Promise<readonly string[]> {
  const rows = await tx<{ date: string }[]>`
    SELECT date::text FROM pruned_days
    WHERE site_id = ${siteId} AND date BETWEEN ${from}::text::date AND ${to}::text::date
    ORDER BY pruned_days.date
  `;
  return rows.map(({ date }) => date);
}

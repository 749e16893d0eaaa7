import type { SQL } from "bun";

export interface SiteDate {
  readonly siteId: string;
  readonly date: string;
}

/** Returns days that are over and have several parts, by PostgreSQL's clock, and today. */
export async function findDaysInParts(
  sql: SQL,
  daysMax: number,
): Promise<{ readonly today: string; readonly days: readonly SiteDate[] }> {
  const [[today = ""] = []]: string[][] = await sql.unsafe("SELECT current_date::text").values();
  const rows: [string, string][] = await sql
    .unsafe(
      `SELECT site_id, date::text FROM day_chunks WHERE date < $1::text::date
      GROUP BY site_id, day_chunks.date HAVING count(*) > 1 ORDER BY site_id, day_chunks.date LIMIT $2`,
      [today, daysMax],
    )
    .values();
  return { today, days: rows.map(([siteId, date]) => ({ siteId, date })) };
}

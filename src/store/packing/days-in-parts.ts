import type { SQL } from "bun";
import { PART_EVENTS_MAX } from "./chunks.ts";

export interface SiteDate {
  readonly siteId: string;
  readonly date: string;
}

/** SQL: whether the row `day` of (site_id, date) has neighbouring parts that fit into one, before and after more conditions of `part`. */
export const HAS_PARTS_TO_MERGE = [
  `EXISTS (
  SELECT FROM (
    SELECT events + lead(events) OVER (ORDER BY part) AS events FROM day_chunks AS part
    WHERE part.site_id = day.site_id AND part.date = day.date`,
  `) AS pair
  WHERE pair.events <= ${PART_EVENTS_MAX})`,
] as const;

/** Returns days that are over, by PostgreSQL's clock, and have parts to merge. */
export async function findDaysInParts(sql: SQL, daysMax: number): Promise<readonly SiteDate[]> {
  const rows: [string, string][] = await sql
    .unsafe(
      `SELECT site_id, date::text FROM (
        SELECT site_id, date FROM day_chunks WHERE date < current_date GROUP BY site_id, date HAVING count(*) > 1
      ) AS day
      WHERE ${HAS_PARTS_TO_MERGE.join("\n  ")} ORDER BY site_id, day.date LIMIT $1`,
      [daysMax],
    )
    .values();
  return rows.map(([siteId, date]) => ({ siteId, date }));
}

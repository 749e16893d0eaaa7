import type { Transaction } from "../database.ts";
import type { Rollup } from "../rollups/rollup.ts";

/** Inserts the users who are new on their site's day, and answers how many those are, by the days of the rollup. */
export async function insertUsers(tx: Transaction, rollup: Rollup): Promise<readonly number[]> {
  const users = rollup.flatMap(({ siteId, date, users: ids }) =>
    ids.map((userId) => ({ siteId, date, userId })),
  );
  const inserted = await tx`
    WITH inserted AS (
      INSERT INTO daily_site_users (site_id, date, user_id)
      SELECT site_id, date::date, user_id
      FROM unnest(
        ${users.map((user) => user.siteId)}::text[],
        ${users.map((user) => user.date)}::text[],
        ${users.map((user) => user.userId)}::text[]
      ) AS batch (site_id, date, user_id)
      ON CONFLICT (site_id, date, user_id) DO NOTHING
      RETURNING site_id, date
    )
    SELECT site_id, date::text, count(*)::int FROM inserted GROUP BY site_id, date
  `.values();
  const counts = new Map(inserted.map(([siteId, date, count]) => [`${siteId}\0${date}`, count]));
  return rollup.map(({ siteId, date }) => counts.get(`${siteId}\0${date}`) ?? 0);
}

import { expect } from "bun:test";
import type { Sql } from "postgres";

/** The counts of a site's day from raw rows and from rollups. */
interface SiteDay {
  readonly site_id: string;
  readonly date: string;
  readonly views: number;
  readonly users: number;
}

/**
 * Asserts in one snapshot that the raw events, the rollup of the day and the rollup of its paths have the same counts for every
 * site and day, and that unique users are the distinct users. Returns the number of events.
 */
export async function checkInvariants(sql: Sql): Promise<number> {
  const { counted, days, paths, users } = await sql.begin(
    "isolation level repeatable read read only",
    async (tx) => ({
      counted: await tx<SiteDay[]>`
        SELECT site_id, (timestamp AT TIME ZONE 'UTC')::date::text AS date,
          count(*)::int AS views, count(DISTINCT user_id)::int AS users
        FROM events GROUP BY 1, 2 ORDER BY site_id COLLATE "C", 2`,
      days: await tx<SiteDay[]>`
        SELECT site_id, date::text, total_views::int AS views, unique_users::int AS users
        FROM daily_site_stats ORDER BY site_id COLLATE "C", date`,
      paths: await tx<SiteDay[]>`
        SELECT site_id, date::text, sum(views)::int AS views
        FROM daily_site_path_counts GROUP BY site_id, date ORDER BY site_id COLLATE "C", date`,
      users: await tx<SiteDay[]>`
        SELECT site_id, date::text, count(*)::int AS users
        FROM daily_site_users GROUP BY site_id, date ORDER BY site_id COLLATE "C", date`,
    }),
  );
  expect([...days]).toEqual([...counted]);
  expect([...paths]).toEqual(
    counted.map(({ site_id, date, views }) => ({ site_id, date, views })) as SiteDay[],
  );
  expect([...users]).toEqual(
    counted.map(({ site_id, date, users: distinct }) => ({
      site_id,
      date,
      users: distinct,
    })) as SiteDay[],
  );
  return counted.reduce((sum, { views }) => sum + views, 0);
}

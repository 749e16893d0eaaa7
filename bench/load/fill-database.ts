import type { Sql } from "postgres";

/** Number of days of the events, up to the last day. */
export const DAYS = 30;
export const FIRST_DAY = "2026-01-01";
export const SITES = 1_000;

/**
 * Fills an empty database with events and their rollups inside PostgreSQL: the skewed sites, paths and users of
 * `bench/k6/event.ts`, one day after the other. 20 million events take some minutes and about 8 GB of disk.
 */
export async function fillDatabase(sql: Sql, events: number): Promise<void> {
  await fillTables(
    sql,
    `INSERT INTO events (event_id, site_id, event_type, path, user_id, timestamp)
     SELECT gen_random_uuid(), 'site-' || ${skewed(SITES, 1)} || '.example', 'page_view',
       CASE path WHEN 1 THEN '/' ELSE '/articles/' || path END, 'user-' || ${skewed(200_000, 0.5)},
       '${FIRST_DAY}'::timestamptz + (number - 1) * (interval '${DAYS} days' / ${events})
     FROM (
       SELECT number, ${skewed(5_000, 0.8)} AS path FROM generate_series(1, ${events}) AS number
     ) AS ranked`,
  );
  await indexByTime(sql);
}

/** For the baseline, which counts raw rows. The engine has no such index, and reads rows by id more slowly when there is one. */
export async function indexByTime(sql: Sql): Promise<void> {
  await sql.unsafe("SET maintenance_work_mem = '1GB'");
  await sql.unsafe("CREATE INDEX IF NOT EXISTS events_by_time ON events (site_id, timestamp)");
}

/**
 * Inserts events and makes their rollups. Creates indexes after the rows, and unlogged tables, which makes no difference for
 * reads.
 */
export async function fillTables(sql: Sql, insertEvents: string): Promise<void> {
  for (const statement of statements(insertEvents)) await sql.unsafe(statement);
}

/** The inverse of a power law's distribution function, like `skewedRank`. */
export function skewed(count: number, exponent: number): string {
  const end = count + 1;
  if (exponent === 1) return `least(${count}, floor(power(${end}::float8, random()))::int)`;
  const rest = 1 - exponent;
  const power = `power((power(${end}::float8, ${rest}) - 1) * random() + 1, ${1 / rest})`;
  return `least(${count}, floor(${power})::int)`;
}

function statements(insertEvents: string): readonly string[] {
  const tables = ["events", "daily_site_stats", "daily_site_path_counts", "daily_site_users"];
  return [
    "SET maintenance_work_mem = '1GB'",
    "SET work_mem = '1GB'",
    "SELECT setseed(0.5)",
    ...tables.map((table) => `ALTER TABLE ${table} SET UNLOGGED`),
    "ALTER TABLE events DROP CONSTRAINT events_site_id_event_id_key",
    "ALTER TABLE events DROP CONSTRAINT events_site_key",
    "DROP INDEX events_id",
    "ALTER TABLE daily_site_users DROP CONSTRAINT daily_site_users_pkey",
    "ALTER TABLE daily_site_path_counts DROP CONSTRAINT daily_site_path_counts_pkey",
    insertEvents,
    "ALTER TABLE events ADD CONSTRAINT events_site_key PRIMARY KEY (site_id, id)",
    "CREATE INDEX events_id ON events (id)",
    "ALTER TABLE events ADD UNIQUE (site_id, event_id)",
    `INSERT INTO daily_site_users
     SELECT DISTINCT site_id, (timestamp AT TIME ZONE 'UTC')::date, user_id FROM events`,
    "ALTER TABLE daily_site_users ADD PRIMARY KEY (site_id, date, user_id)",
    `INSERT INTO daily_site_path_counts
     SELECT site_id, (timestamp AT TIME ZONE 'UTC')::date, path, count(*) FROM events GROUP BY 1, 2, 3
     ORDER BY 2`,
    "ALTER TABLE daily_site_path_counts ADD PRIMARY KEY (site_id, date, path)",
    `INSERT INTO daily_site_stats
     SELECT site_id, date, views, users
     FROM (SELECT site_id, date, sum(views) AS views FROM daily_site_path_counts GROUP BY 1, 2) AS days
     JOIN (SELECT site_id, date, count(*) AS users FROM daily_site_users GROUP BY 1, 2) AS seen
       USING (site_id, date)`,
    "VACUUM ANALYZE",
    "CHECKPOINT",
  ];
}

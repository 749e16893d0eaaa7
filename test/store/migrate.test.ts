import { beforeAll, describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { MIGRATION_LOCK } from "../../src/store/advisory-locks.ts";
import { Database } from "../../src/store/database.ts";
import { readStats } from "../../src/store/reports/read-stats.ts";
import { migrate } from "../../src/store/schema/migrate.ts";
import { MIGRATIONS } from "../../src/store/schema/migrations.ts";
import { TABLES } from "../../src/store/schema/tables.ts";
import { eventually } from "../support/eventually.ts";
import { recordingLog } from "../support/recording-log.ts";
import { rejectionOf } from "../support/rejection-of.ts";
import { signalAll } from "../support/server-processes.ts";
import { SERVERS_START_TIMEOUT_MS, testServers } from "../support/servers.ts";
import { openTcpProxy, throughProxy } from "../support/tcp-proxy.ts";
import { openTestDatabase } from "../support/test-database.ts";

const FOLDER = new URL("../../migrations/", import.meta.url);

beforeAll(async () => void (await testServers()), SERVERS_START_TIMEOUT_MS);

describe("the migrations", () => {
  test("are the files of the folder", () => {
    const files = readdirSync(FOLDER).toSorted();
    const names = MIGRATIONS.map(
      ({ version, name }) => `${String(version).padStart(4, "0")}-${name}.sql`,
    );
    expect(names).toEqual(files);
    for (const [index, file] of files.entries()) {
      expect(MIGRATIONS[index]?.sql).toBe(readFileSync(new URL(file, FOLDER), "utf8"));
    }
  });
});

describe("migrating", () => {
  test("applies every migration to an empty database, in order", async () => {
    await using empty = await openTestDatabase("empty");
    const { log, records } = recordingLog();
    expect(await migrate(empty.database, log)).toBe(MIGRATIONS.length);
    expect(records.map(({ fields }) => fields["version"])).toEqual(
      MIGRATIONS.map(({ version }) => version),
    );
    const tables = await empty.sql`
      SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename`;
    expect(tables.map((row) => String(row["tablename"]))).toEqual(TABLES.toSorted());
  });

  test("applies nothing the second time", async () => {
    await using migrated = await openTestDatabase();
    const { log, records } = recordingLog();
    expect(await migrate(migrated.database, log)).toBe(0);
    expect(records).toEqual([]);
  });

  test("applies each migration once from five processes", async () => {
    await using empty = await openTestDatabase("empty");
    const databases = Array.from(
      { length: 5 },
      () => new Database({ url: empty.url, connectionsMax: 1 }),
    );
    const { log } = recordingLog();
    const applied = await Promise.all(
      databases.map(async (database) => await migrate(database, log)),
    );
    await Promise.all(databases.map(async (database) => await database.close(1_000)));
    expect(applied.reduce((sum, count) => sum + count, 0)).toBe(MIGRATIONS.length);
  });

  test("waits for another process and continues after it", async () => {
    await using empty = await openTestDatabase("empty");
    const { sql: other } = empty;
    await other`SELECT pg_advisory_lock(${MIGRATION_LOCK})`;
    const applied = migrate(empty.database, recordingLog().log);
    await eventually(async () => {
      const asked = await other`
        SELECT FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()
          AND (query LIKE '%pg_try_advisory%' OR query ILIKE 'commit%')`;
      expect(asked.length).toBeGreaterThan(0);
    });
    await other`SELECT pg_advisory_unlock(${MIGRATION_LOCK})`;
    expect(await applied).toBe(MIGRATIONS.length);
  });

  test("fails by its deadline when the server is suspended", async () => {
    await using empty = await openTestDatabase("empty");
    await using proxy = openTcpProxy(empty.url);
    const database = new Database({ url: throughProxy(empty.url, proxy), connectionsMax: 1 });
    const { log } = recordingLog();
    const caught = proxy.trap({ text: "daily_site_users", on: "request: hold" });
    const late = rejectionOf(migrate(database, log));
    await caught;
    // A suspended server does not close the connection, like a network that swallows everything.
    const backends = await empty.sql`
      SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`;
    const pids = backends.map((row) => Number(row["pid"]));
    signalAll(pids, "SIGSTOP");
    try {
      expect(await late).toMatchObject({ code: "database_unavailable", retryable: true });
    } finally {
      signalAll(pids, "SIGCONT");
    }
    expect(await migrate(database, log)).toBe(MIGRATIONS.length - 1);
    await database.close(1_000);
  }, 60_000);

  test("names the migrate command when it takes too long", async () => {
    await using empty = await openTestDatabase("empty");
    const slow = [{ version: 1, name: "slow", sql: "SELECT pg_sleep(60)" }];
    const late = migrate(empty.database, recordingLog().log, { migrations: slow, deadlineMs: 300 });
    expect(await rejectionOf(late)).toMatchObject({
      code: "database_unavailable",
      message: expect.stringContaining("`queueflow migrate` takes the time"),
    });
  });

  test("applies only pending migrations", async () => {
    await using empty = await openTestDatabase("empty");
    const { log } = recordingLog();
    expect(await migrate(empty.database, log, { migrations: MIGRATIONS.slice(0, 1) })).toBe(1);
    expect(await migrate(empty.database, log)).toBe(MIGRATIONS.length - 1);
  });

  test("keeps the rows that an older binary stored", async () => {
    await using empty = await openTestDatabase("empty");
    const { log } = recordingLog();
    await migrate(empty.database, log, { migrations: MIGRATIONS.slice(0, 3) });
    await empty.sql`INSERT INTO daily_site_stats VALUES ('old', '2026-01-15', 1005, 2)`;
    await empty.sql`
      INSERT INTO daily_site_path_counts VALUES
        ('old', '2026-01-15', '/one', 1), ('old', '2026-01-15', '/four', 4), ('old', '2026-01-15', '/most', 1000)`;
    await empty.sql`
      INSERT INTO dead_events (stream, entry_id, fields, reason, deliveries)
      VALUES ('events_stream', '1-1', '{"site_id":"old"}', 'a reason', 1)`;
    expect(await migrate(empty.database, log)).toBe(MIGRATIONS.length - 3);
    const query = { siteId: "old", date: "2026-01-15", pathsMax: 2 };
    expect(await readStats(empty.database, query)).toEqual({
      site_id: "old",
      date: "2026-01-15",
      total_views: 1_005,
      unique_users: 2,
      top_paths: [
        { path: "/most", views: 1_000 },
        { path: "/four", views: 4 },
      ],
    });
    const dead = await empty.sql`SELECT reason FROM dead_events`;
    expect([...dead]).toEqual([{ reason: "a reason" }]);
  });

  test("sets floors on days of many paths", async () => {
    await using empty = await openTestDatabase("empty");
    const { log } = recordingLog();
    const before = MIGRATIONS.slice(
      0,
      MIGRATIONS.findIndex(({ name }) => name === "path-floors"),
    );
    await migrate(empty.database, log, { migrations: before });
    await empty.sql`
      INSERT INTO daily_site_path_counts
      SELECT site, '2026-01-15', '/' || md5(n::text), 1 + n % 3
      FROM generate_series(1, 4001) AS n, (VALUES ('many'), ('few')) AS sites (site)
      WHERE site = 'many' OR n <= 4000`;
    await migrate(empty.database, log);
    for (const [siteId, above] of [
      ["many", 1_000],
      ["few", 4_000],
    ] as const) {
      const rows = await empty.sql<{ path: string; views: number }[]>`
        SELECT path, views::float8 FROM daily_site_path_counts
        WHERE site_id = ${siteId} ORDER BY views DESC, path COLLATE "C" LIMIT 1000`;
      const query = { siteId, date: "2026-01-15", pathsMax: 1_000 };
      expect((await readStats(empty.database, query)).top_paths).toEqual([...rows]);
      const read = await empty.sql`
        SELECT FROM daily_site_path_counts WHERE site_id = ${siteId} AND top_date = '2026-01-15'`;
      expect(read).toHaveLength(above);
    }
  });

  test("refuses a schema of a newer binary", async () => {
    await using migrated = await openTestDatabase();
    await migrated.sql`INSERT INTO schema_migrations (version, name) VALUES (9999, 'later')`;
    const refused = migrate(migrated.database, recordingLog().log);
    expect(await rejectionOf(refused)).toMatchObject({ code: "schema_too_new", retryable: false });
  });

  test("refuses a database that is not UTF-8", async () => {
    await using latin1 = await openTestDatabase("not UTF-8");
    const refused = migrate(latin1.database, recordingLog().log);
    expect(await rejectionOf(refused)).toMatchObject({
      code: "database_encoding",
      retryable: false,
      message: expect.stringContaining("LATIN1"),
    });
  });

  test("leaves the schema of the last migration that succeeded", async () => {
    await using empty = await openTestDatabase("empty");
    const { log } = recordingLog();
    const [first, ...others] = MIGRATIONS;
    const broken = [
      ...(first === undefined ? [] : [first]),
      { version: 2, name: "bad", sql: "CREATE TABLE half (id INT); SELECT no_such_column;" },
    ];
    expect(await rejectionOf(migrate(empty.database, log, { migrations: broken }))).toMatchObject({
      code: "42703",
    });
    const tables = await empty.sql`
      SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename`;
    expect(tables.map((row) => row["tablename"])).toEqual(["events", "schema_migrations"]);
    expect(await migrate(empty.database, log)).toBe(others.length);
  });

  test("locks at most one existing table per migration", async () => {
    await using empty = await openTestDatabase("empty");
    const { log } = recordingLog();
    for (const migration of MIGRATIONS) {
      const { sql, version } = migration;
      const taken = await empty.database.transaction(10_000, async (tx) => {
        const before = await tx`
          SELECT oid::int AS oid FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace`;
        await tx.unsafe(sql);
        const locks = await tx`
          SELECT DISTINCT relation::int AS oid FROM pg_locks
          WHERE pid = pg_backend_pid() AND mode IN ('ShareLock', 'ShareRowExclusiveLock', 'AccessExclusiveLock')`;
        await tx.unsafe("ROLLBACK AND CHAIN");
        const locked = new Set(locks.map((row) => Number(row["oid"])));
        return before.filter((row) => locked.has(Number(row["oid"])));
      });
      expect({ version, taken: taken.length > 1 }).toEqual({ version, taken: false });
      await migrate(empty.database, log, {
        migrations: MIGRATIONS.filter((one) => one.version <= version),
      });
    }
  });
});

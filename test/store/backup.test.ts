import { expect, test } from "bun:test";
import type { Sql } from "postgres";
import { verifyChunks } from "../../src/reporting/packing/verify-chunks.ts";
import { DUMPED_TABLES, dumpTables } from "../../src/store/backup/dump-tables.ts";
import { checkSchema, checkTables, TableLoader } from "../../src/store/backup/load-tables.ts";
import type { Database } from "../../src/store/database.ts";
import { readSequenceState } from "../../src/store/packing/check-packing.ts";
import { migrate } from "../../src/store/schema/migrate.ts";
import { MIGRATIONS } from "../../src/store/schema/migrations.ts";
import { SEQUENCES, TABLES } from "../../src/store/schema/tables.ts";
import { deleteOldEvents } from "../../src/store/upkeep/old-events.ts";
import { checkInvariants } from "../support/check-invariants.ts";
import { packAllSites } from "../support/packing.ts";
import { recordingLog } from "../support/recording-log.ts";
import { functionEngine } from "../support/reports/function-engine.ts";
import { sampleQuery } from "../support/reports/sample-query.ts";
import { seedEvents } from "../support/seed-events.ts";
import { openTestDatabase, useTestDatabase } from "../support/test-database.ts";

const here = useTestDatabase();
const SETTINGS = { timeZone: "UTC", pageViewTypes: ["page_view"], goals: [], segments: [] };
const ODD_TEXT = "tab\tline\nreturn\rback\\slash \\N 'quote' \"double\" ☃ 😀";

/** Copies all tables from one database to another, as a backup and a restore do. */
async function copyTables(from: Database, to: Database): Promise<void> {
  const { log } = recordingLog();
  await dumpTables(from, async (dump) => {
    const loader = await TableLoader.create(to, dump, log);
    for (const { name } of dump.tables) {
      for await (const { bytes } of dump.read(name)) await loader.load(name, bytes);
    }
    await loader.finish(await dump.readSequences(), log);
  });
}

async function contents(sql: Sql): Promise<unknown> {
  const tables = DUMPED_TABLES.map(async (table) => [
    table,
    (await sql.unsafe(`SELECT * FROM ${table}`)).map((row) => JSON.stringify(row)).toSorted(),
  ]);
  return Object.fromEntries(await Promise.all(tables));
}

/** Returns the columns, constraints and indexes of all tables. */
async function schemaOf(sql: Sql): Promise<unknown> {
  return [
    [
      ...(await sql`
      SELECT table_name, column_name, data_type, column_default, is_nullable, collation_name, generation_expression
      FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2`),
    ],
    [
      ...(await sql`
      SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
      FROM pg_constraint WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2`),
    ],
    [
      ...(await sql`SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1`),
    ],
  ];
}

test("every table and sequence of the schema is known", async () => {
  const tables = await here.sql`SELECT tablename FROM pg_tables WHERE schemaname = 'public'`;
  expect(new Set(TABLES)).toEqual(new Set(tables.map((row) => row["tablename"])));
  const sequences =
    await here.sql`SELECT sequencename FROM pg_sequences WHERE schemaname = 'public'`;
  expect(new Set(SEQUENCES)).toEqual(new Set(sequences.map((row) => row["sequencename"])));
});

test("tables are read one after another, whatever their size", async () => {
  await using source = await openTestDatabase();
  for (const rows of [100, 200, 300, 1_000, 3_000]) {
    await source.sql`
      INSERT INTO events (event_id, site_id, event_type, path, user_id, timestamp)
      SELECT gen_random_uuid(), 'a', 'page_view', '/', 'user', '2026-01-15T12:00:00Z' FROM generate_series(1, ${rows})`;
    const read = await dumpTables(source.database, async (dump) => {
      let count = 0;
      for (const { name } of dump.tables) {
        for await (const part of dump.read(name)) count += part.rows;
      }
      return count;
    });
    expect(read).toBe(Number((await source.sql`SELECT count(*) FROM events`)[0]?.["count"]));
  }
});

test("reading stops early without waiting for the table", async () => {
  await using source = await openTestDatabase();
  await source.sql`
    INSERT INTO events (event_id, site_id, event_type, path, user_id, timestamp)
    SELECT gen_random_uuid(), 'a', 'page_view', '/', 'user', '2026-01-15T12:00:00Z' FROM generate_series(1, 100000)`;
  const full = new Error("the disk is full");
  const dumped = dumpTables(source.database, async (dump) => {
    for await (const _ of dump.read("events")) throw full;
  });
  expect(await dumped.catch((error: unknown) => error)).toBe(full);
  const [row] = await source.database.query(10_000, async (sql) => await sql`SELECT 1 AS one`);
  expect(row?.["one"]).toBe(1);
});

test("restored tables have the same rows, keys and next ids", async () => {
  const { sql, database } = here;
  await sql`
    INSERT INTO events (event_id, site_id, event_type, path, user_id, timestamp)
    SELECT gen_random_uuid(), 'a', ${ODD_TEXT}, '/' || n % 7, 'user' || n, '2026-01-15T12:00:00Z'
    FROM generate_series(1, 40000) AS n`;
  await sql`
    INSERT INTO dead_events (stream, entry_id, fields, reason, deliveries)
    VALUES ('s', '1-1', ${sql.json({ path: ODD_TEXT })}, ${ODD_TEXT}, 3)`;
  await sql`INSERT INTO retention_state (pruned_before, kept_days) VALUES ('2025-01-01T00:00:00Z', 90)`;
  await sql`INSERT INTO stream_states VALUES ('s', 'g', '1', '{}')`;
  await sql`ALTER TABLE events ADD COLUMN "their own" text DEFAULT 'x'`;
  await sql`CREATE TABLE theirs (id int)`;
  expect(await dumpTables(database, async ({ otherTables }) => otherTables)).toEqual(["theirs"]);

  await using restored = await openTestDatabase("empty");
  await copyTables(database, restored.database);
  expect(await contents(restored.sql)).toEqual(await contents(sql));
  expect([...(await restored.sql`SELECT * FROM stream_states`)]).toEqual([]);
  const nextId = async (of: Sql) =>
    (await of`SELECT nextval('events_id_seq')::int AS id`)[0]?.["id"];
  expect(await nextId(restored.sql)).toBe(await nextId(sql));
  await sql`DROP TABLE theirs`;
  await sql`ALTER TABLE events ALTER COLUMN "their own" DROP DEFAULT`;
  expect(await schemaOf(restored.sql)).toEqual(await schemaOf(sql));
});

test("restored chunks give the same answers, below every new id", async () => {
  await using source = await openTestDatabase();
  const dates = ["2026-01-14", "2026-01-15"];
  await seedEvents(source.database, { siteId: "example.com", dates, eventsEach: 1_000 });
  await packAllSites(source.url);
  const page = { before: "2026-01-15T00:00:00.000Z", afterId: 0n, rowsMax: 10_000 };
  expect(await deleteOldEvents(source.database, page)).toMatchObject({ old: 1_000 });
  await seedEvents(source.database, { siteId: "example.com", dates, eventsEach: 10 });
  await using restored = await openTestDatabase("empty");
  await copyTables(source.database, restored.database);

  expect(await contents(restored.sql)).toEqual(await contents(source.sql));
  const answers = await Promise.all(
    [source, restored].map(async ({ url, database }) => {
      await using engine = await functionEngine(url, database);
      const query = sampleQuery({
        metrics: ["visitors", "events", "visits"],
        dimensions: ["time:day", "event:page"],
      });
      return await engine.ask({ query, settings: SETTINGS, nowMs: Date.parse("2026-02-01") });
    }),
  );
  expect(answers[0]?.answer.rows).toHaveLength(6);
  expect(answers[1]?.answer).toEqual(answers[0]?.answer);
  const range = { siteId: undefined, from: "-infinity", to: "infinity" };
  const verified = await verifyChunks(restored.url, range, () => undefined);
  expect(verified).toEqual({ events: 2_000, differences: [] });
  const { lastValue, packedId } = await readSequenceState(restored.database);
  expect(packedId).toBe(2_000n);
  expect(lastValue).toBeGreaterThanOrEqual(packedId);
});

test("a backup of an older schema is migrated", async () => {
  const { log } = recordingLog();
  await using older = await openTestDatabase("empty");
  await migrate(older.database, log, { migrations: MIGRATIONS.slice(0, 4) });
  await older.sql.unsafe(`
    INSERT INTO events (event_id, site_id, event_type, path, user_id, timestamp)
    SELECT gen_random_uuid(), 'a', 'page_view', '/' || n % 3, 'user' || n % 5, '2026-01-15T12:00:00Z'
    FROM generate_series(1, 300) AS n;
    INSERT INTO daily_site_users SELECT DISTINCT site_id, DATE '2026-01-15', user_id FROM events;
    INSERT INTO daily_site_path_counts
    SELECT site_id, DATE '2026-01-15', path, count(*) FROM events GROUP BY site_id, path;
    INSERT INTO daily_site_stats
    SELECT site_id, DATE '2026-01-15', count(*), count(DISTINCT user_id) FROM events GROUP BY site_id`);
  await using restored = await openTestDatabase("empty");
  await copyTables(older.database, restored.database);
  expect(await checkInvariants(restored.sql)).toBe(300);
  const versions = await restored.sql`SELECT version FROM schema_migrations ORDER BY version`;
  expect(versions.map((row) => row["version"])).toEqual(MIGRATIONS.map(({ version }) => version));
});

test("a backup of a later schema is refused", () => {
  const later = [...MIGRATIONS.map(({ version }) => version), 1_000];
  expect(() => checkSchema(later)).toThrow("The backup has schema version 1000, this binary knows");
});

test.each([
  ["events; DROP TABLE losses", "text", "a table events; DROP TABLE losses"],
  ["pg_authid", "text", "a table pg_authid"],
  ["schema_migrations", "text", "a table schema_migrations"],
  ["events", "text; DROP TABLE losses", "a column of type text; DROP TABLE losses"],
  ["events", "text DEFAULT pg_read_file(E'a')", "a column of type text DEFAULT pg_read_file(E'a')"],
  ["events", "text -- ", "a column of type text -- "],
])("a backup with %s of %s is refused", (name, type, what) => {
  const tables = [{ name, columns: [{ name: "a", type }] }];
  expect(() => checkTables(tables)).toThrow(
    `Expected the backup of an engine, got one with ${what}`,
  );
});

test.each([
  "text",
  "timestamp with time zone",
  "timestamp(3) with time zone",
  "numeric(10,2)",
  "character varying(5)[]",
  '"Odd type"',
  "other.color",
])("a backup with a column of type %s is taken", (type) => {
  checkTables([{ name: "events", columns: [{ name: "a", type }] }]);
});

import { describe, expect, test } from "bun:test";
import postgres, { type Sql } from "postgres";
import type { AnalyticsEvent } from "../../src/event/event.ts";
import { Database } from "../../src/store/database.ts";
import { insertDeadLetters } from "../../src/store/dead-letters.ts";
import { fixDuplicates } from "../../src/store/schema/duplicates/fix-duplicates.ts";
import { TEXT_KEYS } from "../../src/store/schema/duplicates/text-key.ts";
import { migrate } from "../../src/store/schema/migrate.ts";
import { MIGRATIONS } from "../../src/store/schema/migrations.ts";
import { changeCollation, disorderedEvents, storeFreshly } from "../support/changed-collation.ts";
import { checkInvariants } from "../support/check-invariants.ts";
import { recordingLog } from "../support/recording-log.ts";
import { openTestDatabase } from "../support/test-database.ts";

const EVENTS = 600;
const DEADLINE_MS = 10_000;
const REQUIRED = MIGRATIONS.filter(({ textKey }) => textKey === undefined);
const OPTIONAL = MIGRATIONS.length - REQUIRED.length;
const FIX = "Run `queueflow verify --fix-duplicates`";

/** Stores events and a dead letter for each. */
async function store(url: string, events: readonly AnalyticsEvent[]): Promise<void> {
  await storeFreshly(url, events);
  const database = new Database({ url, connectionsMax: 1 });
  const dead = events.map(({ siteId }) => ({
    stream: siteId,
    entryId: "1-0",
    fields: { site_id: siteId },
    reason: "a reason",
    deliveries: 1,
  }));
  await database.transaction(DEADLINE_MS, async (tx) => await insertDeadLetters(tx, dead));
  await database.close(1_000);
}

/** A database whose collation changed after an engine had stored events. */
async function openDisordered(migrations = MIGRATIONS) {
  const opened = await openTestDatabase("empty, sorted by ICU");
  await migrate(opened.database, recordingLog().log, { migrations });
  const events = disorderedEvents(EVENTS);
  await store(opened.url, events);
  const before = await rollups(opened.sql);
  await changeCollation(opened.sql);
  return { ...opened, events, before };
}

async function rollups(sql: Sql) {
  return {
    days: [...(await sql`SELECT * FROM daily_site_stats ORDER BY site_id COLLATE "C", date`)],
    paths: [
      ...(await sql`
        SELECT * FROM daily_site_path_counts ORDER BY site_id COLLATE "C", date, path COLLATE "C"`),
    ],
    users: [
      ...(await sql`
        SELECT * FROM daily_site_users ORDER BY site_id COLLATE "C", date, user_id COLLATE "C"`),
    ],
    dead: [...(await sql`SELECT stream, entry_id FROM dead_events ORDER BY id`)],
  };
}

async function rowsOf(sql: Sql, table: string): Promise<number> {
  const [row] = await sql`SELECT count(*)::int AS rows FROM ${sql(table)}`;
  return Number(row?.["rows"]);
}

describe("a changed collation", () => {
  test("leaves keys that refuse stored events", async () => {
    await using disordered = await openDisordered();
    const { sql, url, events, before } = disordered;
    await store(url, events);
    expect(await checkInvariants(sql)).toBe(EVENTS);
    expect(await rollups(sql)).toEqual(before);
  });

  test("postpones migrations until duplicate rows are removed", async () => {
    await using disordered = await openDisordered(REQUIRED);
    const { sql, url, events, before } = disordered;
    await store(url, events);
    const doubled = (await rowsOf(sql, "events")) - EVENTS;
    expect(doubled).toBeGreaterThan(0);
    expect(await rowsOf(sql, "dead_events")).toBeGreaterThan(before.dead.length);
    const { log, records } = recordingLog();
    const database = new Database({ url, connectionsMax: 1 });
    const applied = await migrate(database, log);
    expect(records.filter(({ level }) => level === "error")).toMatchObject([
      {
        sentence: "Migrations postponed, the engine works without them",
        fields: {
          migrations: expect.arrayContaining(["events-collate-c", "dead-events-collate-c"]),
          error: expect.stringContaining(`${doubled} duplicate rows in events`),
          remedy: FIX,
        },
      },
    ]);

    const fixed = await fixDuplicates(database);
    expect(fixed.removed).toContainEqual({ table: "events", rows: doubled });
    expect(await rollups(sql)).toEqual(before);
    expect(await checkInvariants(sql)).toBe(EVENTS);
    expect(applied).toBeLessThan(OPTIONAL);
    expect(await migrate(database, log)).toBe(0);
    await store(url, events);
    expect(await checkInvariants(sql)).toBe(EVENTS);
    await database.close(1_000);
  });

  test("keeps the numbers of days with pruned events", async () => {
    await using disordered = await openDisordered(REQUIRED);
    const { sql, url, events, before } = disordered;
    await sql`
      WITH pruned AS (DELETE FROM events WHERE id % 3 = 0 RETURNING site_id, timestamp::date AS date)
      INSERT INTO pruned_days SELECT site_id, date, count(*) FROM pruned GROUP BY site_id, date`;
    const kept = await sql`SELECT event_id FROM events`;
    const ids = new Set(kept.map((row) => String(row["event_id"])));
    await store(
      url,
      events.filter(({ eventId }) => ids.has(eventId)),
    );
    expect(await rowsOf(sql, "events")).toBeGreaterThan(ids.size);
    const database = new Database({ url, connectionsMax: 1 });
    await fixDuplicates(database);
    await database.close(1_000);
    expect(await rowsOf(sql, "events")).toBe(ids.size);
    expect(await rollups(sql)).toEqual(before);
  });
});

test("an upgrade merges duplicate path counts", async () => {
  await using old = await openTestDatabase("empty, sorted by ICU");
  const { log } = recordingLog();
  await migrate(old.database, log, { migrations: MIGRATIONS.slice(0, 7) });
  const paths = [...new Set(disorderedEvents(EVENTS).map(({ path }) => path))];
  const count = async () => {
    const sql = postgres(old.url, { max: 1, onnotice: () => undefined });
    await sql`
      INSERT INTO daily_site_path_counts AS counts (site_id, date, path, views)
      SELECT 'a', '2026-01-15', path, 1 FROM unnest(${paths}::text[]) AS batch (path)
      ON CONFLICT (site_id, date, path) DO UPDATE SET views = counts.views + 1`;
    await sql.end();
  };
  await count();
  await changeCollation(old.sql);
  await count();
  expect(await rowsOf(old.sql, "daily_site_path_counts")).toBeGreaterThan(paths.length);
  const database = new Database({ url: old.url, connectionsMax: 1 });
  await migrate(database, log);
  await database.close(1_000);
  const views = await old.sql`SELECT DISTINCT views::int FROM daily_site_path_counts`;
  expect([...views]).toEqual([{ views: 2 }]);
});

test("a view on a column postpones that table's migration only", async () => {
  await using empty = await openTestDatabase("empty");
  const { log, records } = recordingLog();
  await migrate(empty.database, log, { migrations: REQUIRED });
  await empty.sql`CREATE VIEW seen_sites AS SELECT DISTINCT site_id FROM events`;
  expect(await migrate(empty.database, log)).toBe(OPTIONAL - 1);
  expect(records.filter(({ level }) => level === "error")).toMatchObject([
    {
      fields: {
        migrations: ["events-collate-c"],
        error: expect.stringContaining("view"),
        remedy: expect.stringContaining("Drop the view"),
      },
    },
  ]);
  await empty.sql`DROP VIEW seen_sites`;
  expect(await migrate(empty.database, log)).toBe(1);
});

test("every column of a merged rollup is in its text key", async () => {
  await using migrated = await openTestDatabase();
  const withDefault = { daily_site_path_counts: ["floor"] } as Record<string, string[]>;
  for (const { table, texts, others, merge } of TEXT_KEYS) {
    if (merge === "first") continue;
    const columns = await migrated.sql`
      SELECT attname FROM pg_attribute
      WHERE attrelid = ${table}::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''`;
    expect(columns.map((row) => String(row["attname"])).toSorted()).toEqual(
      [...texts, ...others, ...merge, ...(withDefault[table] ?? [])].toSorted(),
    );
  }
});

test("every index compares text as bytes", async () => {
  await using migrated = await openTestDatabase();
  const others = await migrated.sql`
    SELECT indexrelid::regclass::text AS index
    FROM pg_index JOIN pg_class ON pg_class.oid = indrelid, unnest(indcollation) AS compared (oid)
    WHERE relnamespace = 'public'::regnamespace AND compared.oid NOT IN (0, '"C"'::regcollation)`;
  expect([...others]).toEqual([]);
});

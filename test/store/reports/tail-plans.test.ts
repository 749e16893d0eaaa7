import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import type { Sql } from "postgres";
import { countLaterEvents, readLaterEvents } from "../../../src/store/forget/later-events.ts";
import { countTails } from "../../../src/store/packing/tails.ts";
import { readDayEventIds } from "../../../src/store/reports/day-event-ids.ts";
import { readRawRows } from "../../../src/store/reports/raw-rows.ts";
import { readOpening } from "../../../src/store/reports/snapshot-rows.ts";
import { ExplainedDatabase, explainEverything } from "../../support/explained-database.ts";
import { SERVERS_START_TIMEOUT_MS } from "../../support/servers.ts";
import { openTestDatabase } from "../../support/test-database.ts";

const DATE = "2026-01-15";
const EVER = { fromMs: Number.NEGATIVE_INFINITY, toMs: Number.POSITIVE_INFINITY };
/** Of each busy site: their rows and keys fill some hundred pages. */
const BUSY_ROWS = 40_000;
const TAIL_ROWS = 100;
/** Of a statement that reads a tail. */
const PAGES_MAX = 40;
/** Of the statement that counts the tails of all sites, which are three or four. */
const COUNT_PAGES_MAX = 100;

let opened: Awaited<ReturnType<typeof openTestDatabase>>;
let sql: Sql;

beforeAll(async () => {
  opened = await openTestDatabase();
  sql = opened.sql;
  await explainEverything(sql);
  await sql`ALTER TABLE events SET (autovacuum_enabled = off)`;
}, SERVERS_START_TIMEOUT_MS);
beforeEach(async () => await sql`TRUNCATE events, site_packing RESTART IDENTITY`);
afterAll(async () => await opened[Symbol.asyncDispose]());

async function store(siteId: string, rows: number): Promise<void> {
  await sql`
    INSERT INTO events (event_id, site_id, event_type, path, user_id, timestamp)
    SELECT gen_random_uuid(), ${siteId}, 'view', '/' || n, 'user-' || n, ${`${DATE}T12:00:00Z`}
    FROM generate_series(1, ${rows}::int) AS n`;
}

/** All of its rows so far. */
async function setPacked(siteId: string): Promise<void> {
  await sql`
    INSERT INTO site_packing (site_id, packed_id)
    SELECT site_id, max(id) FROM events WHERE site_id = ${siteId} GROUP BY site_id`;
}

/** Busy sites between and after the few rows of an idle one. */
async function fill(): Promise<void> {
  await store("idle", 5);
  await setPacked("idle");
  await store("busy", BUSY_ROWS);
  await store("idle", 5);
  await store("other", BUSY_ROWS);
  await setPacked("busy");
  await store("busy", TAIL_ROWS);
}

async function readTail({ asBunSql: tx }: ExplainedDatabase, siteId: string): Promise<number> {
  const { packedId } = await readOpening(tx, { siteId, tailRowsMax: BUSY_ROWS });
  const range = { siteId, afterId: packedId, untilId: "9999999", ...EVER };
  const { rows } = await readRawRows(tx, { ...range, columns: ["path"] });
  await readDayEventIds(tx, { siteId, date: DATE });
  return rows?.count ?? 0;
}

/** As `forget` does: returns how many events of a user were stored after the packed ones, read and counted. */
async function readLater(database: ExplainedDatabase, siteId: string): Promise<readonly unknown[]> {
  return await database.transaction(0, async (tx) => {
    const [row] = await tx<{ packed: string; last: string }[]>`
      SELECT packed_id::text AS packed, (SELECT max(id)::text FROM events) AS last
      FROM site_packing WHERE site_id = ${siteId}`;
    const subject = { siteId, userId: "user-1" };
    const settledId = BigInt(row?.packed ?? 0);
    const last = row?.last ?? "0";
    const day = { ...subject, date: DATE, idsOfDay: [], settledId };
    const events = await readLaterEvents(tx, day, last);
    await tx`UPDATE site_packing SET packed_id = ${last}::text::bigint WHERE site_id = ${siteId}`;
    const receivedBefore = "2026-01-01T00:00:00Z";
    const counts = await countLaterEvents(tx, subject, { settledId, receivedBefore });
    return [[...events.values()], [...counts]];
  });
}

/** As the packer does. */
async function readTails(database: ExplainedDatabase): Promise<Readonly<Record<string, number>>> {
  const page = { afterSite: "", settledId: 9_999_999n, rowsMax: 2 * TAIL_ROWS };
  const { tails } = await countTails(database, page);
  return Object.fromEntries(tails.map(({ siteId, rows }) => [siteId, rows]));
}

const analyze = async () => await sql`VACUUM ANALYZE events`;

/** When statistics are collected, if ever. */
const STATISTICS: Readonly<Record<string, readonly [before: () => unknown, after: () => unknown]>> =
  {
    "were never collected": [() => undefined, () => undefined],
    "are of an empty table": [analyze, () => undefined],
    "are of one site": [
      async () => {
        await store("first", BUSY_ROWS);
        await analyze();
      },
      () => undefined,
    ],
    "are right": [() => undefined, analyze],
  };

describe.each(["force_generic_plan", "force_custom_plan"])("with %s", (planning) => {
  test.each(Object.keys(STATISTICS))(
    "a tail is read alone when statistics %s",
    async (name) => {
      const [before, after] = STATISTICS[name] ?? [];
      await before?.();
      const database = new ExplainedDatabase(opened.url, { plan_cache_mode: planning });
      await using stack = new AsyncDisposableStack();
      stack.defer(async () => await database.close(1_000));
      await readTail(database, "idle");
      await readTails(database);
      await fill();
      await after?.();
      database.takeSteps();
      const read = [await readTail(database, "busy"), await readTail(database, "idle")];
      expect(read).toEqual([TAIL_ROWS, 5]);
      expect(database.takeSteps().filter(({ pages }) => pages > PAGES_MAX)).toEqual([]);
      expect(await readTails(database)).toMatchObject({ busy: TAIL_ROWS, idle: 5 });
      expect(database.takeSteps().filter(({ pages }) => pages > COUNT_PAGES_MAX)).toEqual([]);
      expect(await readLater(database, "idle")).toEqual([[1], [[DATE, 1]]]);
      const ofEvents = database.takeSteps().filter(({ relation }) => relation === "events");
      expect(ofEvents.length).toBeGreaterThan(1);
      expect(ofEvents.filter(({ pages }) => pages > PAGES_MAX)).toEqual([]);
    },
    60_000,
  );
});

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { SQL } from "bun";
import type { Sql } from "postgres";
import { DEFINITION_TABLES } from "../../src/store/access/definitions.ts";
import { copyNewKeys } from "../../src/store/batch/copy-new-keys.ts";
import { insertEvents } from "../../src/store/batch/store-by-insert.ts";
import {
  deadLetterIds,
  deleteDeadLetters,
  findDeadLetters,
  insertDeadLetters,
  listDeadLetters,
  pageOfDeadLetters,
} from "../../src/store/dead-letters.ts";
import { distinctInOrder } from "../../src/store/in-key-order.ts";
import { probeDatabase } from "../../src/store/inspect/probe-database.ts";
import { readNewest } from "../../src/store/inspect/read-tables.ts";
import {
  deleteParts,
  insertChunk,
  readChunk,
  readParts as readChunkParts,
} from "../../src/store/packing/chunks.ts";
import { readPackedDates, readPackedSites } from "../../src/store/packing/packed-sites.ts";
import { readPackingSecret } from "../../src/store/packing/secret.ts";
import { addSite, lockSite, setPackedId } from "../../src/store/packing/site-lock.ts";
import { countNewRows, countTails } from "../../src/store/packing/tails.ts";
import { readChunkColumns } from "../../src/store/reports/chunk-columns.ts";
import { readDayEventIds } from "../../src/store/reports/day-event-ids.ts";
import { isKnownSite } from "../../src/store/reports/is-known-site.ts";
import { readPrunedDays } from "../../src/store/reports/pruned-days.ts";
import { ALL_RAW_COLUMNS, readRawRows } from "../../src/store/reports/raw-rows.ts";
import { readSiteSettings } from "../../src/store/reports/read-site-settings.ts";
import { readSitesOverview } from "../../src/store/reports/read-sites-overview.ts";
import { readDayTotals, readOpening, readParts } from "../../src/store/reports/snapshot-rows.ts";
import { addToRollups, insertNewKeys } from "../../src/store/rollups/add-to-rollups.ts";
import { foldBatch } from "../../src/store/rollups/fold-batch.ts";
import { repairRows } from "../../src/store/rollups/repair-day.ts";
import { ROLLUPS } from "../../src/store/rollups/rollups.ts";
import { raiseFloor } from "../../src/store/rollups/top-paths/raise-floor.ts";
import { TABLES as ALL_TABLES } from "../../src/store/schema/tables.ts";
import { prunedDays } from "../../src/store/upkeep/event-days.ts";
import { deleteOldEvents, findOldEvents } from "../../src/store/upkeep/old-events.ts";
import { readEventClocks } from "../../src/store/upkeep/read-event-clocks.ts";
import { readFence } from "../../src/store/upkeep/read-fence.ts";
import {
  ExplainedDatabase,
  explainEverything,
  type PlanStep,
} from "../support/explained-database.ts";
import { sampleReceivedEvent } from "../support/sample-event.ts";
import { SERVERS_START_TIMEOUT_MS } from "../support/servers.ts";
import { openTestDatabase } from "../support/test-database.ts";

/*
 * Lookup of 20,000 users of a day with 100,000, statement_timeout 30 s, PostgreSQL 15.20 / 18.4, two busy cores:
 *
 *   statistics                  = ANY (array)     plain join    probe per user (OFFSET 0)
 *   never collected, generic    > 30 s / 0.1 s    0.1 / 0.1 s   0.1 / 0.2 s
 *   of five rows                > 30 s / 0.1 s    > 30 / 30 s   0.2 / 0.2 s
 *   of 40,000 sites, 5 users    > 30 s / 0.1 s    0.2 / 0.1 s   0.2 / 0.2 s
 *   of an empty table, generic                                  > 30 s with one array a day, 0.1 s without sequential scans
 *
 * Planning each execution (plan_cache_mode) also avoids the last row, at 0.1 ms of PostgreSQL's time for each small batch
 * and each read of /stats, which then cost 1.3 to 2.3 times as much.
 */
const DATE = "2026-01-15";
const DEADLINE_MS = 60_000;
const BATCH_EVENTS = 200;
/** Rows of one site's day in each table, many more than a statement may read. */
const DAY_ROWS = 6_000;
/** Rows that one step of a plan may read: a few for each event of a batch. */
const VISITS_MAX = 4 * BATCH_EVENTS;

let opened: Awaited<ReturnType<typeof openTestDatabase>>;
let sql: Sql;

beforeAll(async () => {
  opened = await openTestDatabase();
  sql = opened.sql;
  await explainEverything(sql);
  for (const table of TABLES) {
    await sql.unsafe(`ALTER TABLE ${table} SET (autovacuum_enabled = off)`);
  }
}, SERVERS_START_TIMEOUT_MS);
afterAll(async () => await opened[Symbol.asyncDispose]());

/** Tables that batches and reads use. */
const TABLES = ALL_TABLES.filter(
  (table) =>
    ![
      "schema_migrations",
      "losses",
      "stream_states",
      "sites",
      "site_keys",
      "site_shares",
      ...DEFINITION_TABLES,
    ].includes(table),
);

/** Every statement of a batch or a read, on a day that has many rows. */
const STATEMENTS: Readonly<Record<string, (database: ExplainedDatabase) => Promise<unknown>>> = {
  insertEvents: async (database) =>
    await database.transaction(DEADLINE_MS, async (tx) => await insertEvents(tx, newEvents())),
  copyNewKeys: async (database) =>
    await database.transaction(DEADLINE_MS, async (tx) => {
      await addToRollups(tx, foldBatch(newEvents()), copyNewKeys);
    }),
  insertNewKeys: async (database) =>
    await database.transaction(DEADLINE_MS, async (tx) => {
      await addToRollups(tx, foldBatch(newEvents()), insertNewKeys);
    }),
  insertDeadLetters: async (database) =>
    await database.transaction(DEADLINE_MS, async (tx) => {
      const dead = { stream: "s", fields: {}, reason: "r", deliveries: 1 };
      await insertDeadLetters(tx, [{ ...dead, entryId: crypto.randomUUID() }]);
    }),
  raiseFloor: async (database) => await raiseFloor(database, { siteId: "big", date: DATE }),
  readEventClocks,
  isKnownSite: async (database) => {
    await isKnownSite(database, "big");
    await isKnownSite(database, "unknown");
  },
  readNewest,
  listDeadLetters: async (database) => await listDeadLetters(database, { lettersMax: 10 }),
  pageOfDeadLetters: async (database) =>
    await pageOfDeadLetters(database, { beforeId: "5", lettersMax: 10, fieldsBytesMax: 100 }),
  findDeadLetters: async (database) => await findDeadLetters(database, ["1", "2", "3"]),
  deleteDeadLetters: async (database) => await deleteDeadLetters(database, ["7", "8", "9"]),
  deadLetterIds,
  probeDatabase,
  findOldEvents: async (database) => await findOldEvents(database, page()),
  deleteOldEvents: async (database) => await deleteOldEvents(database, page()),
  readFence: async (database) =>
    await database.transaction(DEADLINE_MS, async (tx) => void (await readFence(tx))),
  prunedDays: async (database) =>
    await database.transaction(DEADLINE_MS, async (tx) => {
      await prunedDays(tx, { siteId: "big", from: DATE, to: DATE });
    }),
  packing: async ({ asBunSql: tx }) => {
    await addSite(tx, "big");
    const packedId = await lockSite(tx, "big");
    const ids = { afterId: String(packedId), untilId: String(await newestId()) };
    const range = { siteId: "big", columns: ALL_RAW_COLUMNS, ...ids, ...EVER };
    const lastId = (await readRawRows(tx, range)).rows?.lastId ?? "1";
    const [part = { date: DATE, part: lastId }] = await readChunkParts(tx, "big", [DATE]);
    await readChunk(tx, "big", part);
    const chunk = { date: DATE, events: 1, firstId: lastId, lastId, format: 1 };
    await insertChunk(tx, "big", { ...chunk, columns: CHUNK_OF_NOTHING });
    await deleteParts(tx, "big", [{ date: DATE, part: lastId }]);
    await setPackedId(tx, "big", String(packedId));
  },
  findNewRows: async (database) => {
    const untilId = await newestId();
    await countNewRows(database, { afterId: untilId - BigInt(BATCH_EVENTS), untilId });
    await countTails(database, { afterSite: "", settledId: untilId, rowsMax: 1 });
  },
  readPackingSecret,
  readSnapshot: async ({ asBunSql: tx }) => {
    for (const siteId of ["big", "idle"]) await readSnapshot(tx, siteId);
  },
  readSitesOverview: async (database) => {
    const days = { beforeFrom: "2026-01-04", from: "2026-01-10", to: DATE };
    const first = { orderBy: "events", isDescending: true, limit: 50, offset: 0 } as const;
    for (const only of ["big", "idle"])
      await readSitesOverview(database, { ...days, ...first, only });
  },
  verifyChunks: async ({ asBunSql: tx }) => {
    await readPackedSites(tx, "big");
    await readPackedDates(tx, "big", { from: DATE, to: DATE });
  },
  repairRows: async (database) =>
    await database.transaction(DEADLINE_MS, async (tx) => {
      const day = { date: DATE, events: 0, firstId: 0n, lastId: 0n };
      const siteDay = { siteId: "big", day, settledId: await newestId() };
      const deltas = Array.from({ length: BATCH_EVENTS }, (_, number) => [
        { kind: "user", key: `user-${number}`, delta: number % 2 === 0 ? 1 : -1 },
        { kind: "path", key: `/${number}`, delta: number % 2 === 0 ? 1 : -1 },
      ]).flat();
      await repairRows(tx, siteDay, { rollups: ROLLUPS, deltas });
    }),
};

/** All that a report, `/live` and an export read. */
async function readSnapshot(tx: SQL, siteId: string): Promise<void> {
  await readSiteSettings(tx, siteId);
  const { packedId } = await readOpening(tx, { siteId, tailRowsMax: DAY_ROWS });
  const tail = { siteId, afterId: packedId, untilId: String(await newestId()), ...EVER };
  await readRawRows(tx, { ...tail, columns: ["path"] });
  await readRawRows(tx, { ...tail, columns: ALL_RAW_COLUMNS });
  const days = { siteId, from: DATE, to: DATE };
  await readDayTotals(tx, days);
  await readPrunedDays(tx, days);
  const parts = await readParts(tx, days);
  const columns = ["times", "path"] as const;
  if (parts.length > 0) await readChunkColumns(tx, { siteId, parts, columns });
  await readDayEventIds(tx, { siteId, date: DATE });
}

/** Half of the users and paths are known. */
function newEvents() {
  return distinctInOrder(
    Array.from({ length: BATCH_EVENTS }, (_, number) =>
      sampleReceivedEvent({
        siteId: "big",
        timestamp: `${DATE}T12:00:00.000Z`,
        userId: `user-${2 * number * (DAY_ROWS / BATCH_EVENTS)}`,
        path: `/${2 * number * (DAY_ROWS / BATCH_EVENTS)}`,
      }),
    ),
  );
}

/** A page in the middle of the table, of old events only. */
function page() {
  return { before: "2027-01-01T00:00:00Z", afterId: BigInt(DAY_ROWS / 2), rowsMax: BATCH_EVENTS };
}

const EVER = { fromMs: Number.NEGATIVE_INFINITY, toMs: Number.POSITIVE_INFINITY };
const CHUNK_OF_NOTHING = new Map(
  (["times", "users", "user_index", "user_texts", "event_type", "path"] as const).map((name) => [
    name,
    new Uint8Array(1),
  ]),
);

async function newestId(): Promise<bigint> {
  const [row] = await sql`SELECT coalesce(max(id), 0) AS id FROM events`;
  return BigInt(row?.["id"]);
}

/** Fills the tables with `sites` sites of `each` rows. */
async function fill(sites: readonly string[], each: number): Promise<void> {
  await sql`
    INSERT INTO events (event_id, site_id, event_type, path, user_id, timestamp, received_at)
    SELECT gen_random_uuid(), site, 'view', '/' || n, 'user-' || n, ${`${DATE}T12:00:00Z`}, ${`${DATE}T12:00:00Z`}
    FROM unnest(${[...sites]}::text[]) AS site, generate_series(1, ${each}::int) AS n
    ON CONFLICT DO NOTHING`;
  await sql`
    INSERT INTO daily_site_users
    SELECT site, ${DATE}, 'user-' || n FROM unnest(${[...sites]}::text[]) AS site, generate_series(1, ${each}::int) AS n
    ON CONFLICT DO NOTHING`;
  await sql`
    INSERT INTO daily_site_path_counts (site_id, date, path, views, floor)
    SELECT site, ${DATE}, '/' || n, CASE WHEN n <= 50 THEN n * 10 ELSE 1 END, 1
    FROM unnest(${[...sites]}::text[]) AS site, generate_series(1, ${each}::int) AS n
    ON CONFLICT DO NOTHING`;
  await sql`
    INSERT INTO daily_site_stats
    SELECT site, day, 1, 1
    FROM unnest(${[...sites]}::text[]) AS site, generate_series(${DATE}::date - least(${each}::int, 1000), ${DATE}::date, '1 day') AS day
    ON CONFLICT DO NOTHING`;
  await sql`
    INSERT INTO pruned_days
    SELECT site, day, 1
    FROM unnest(${[...sites]}::text[]) AS site, generate_series(${DATE}::date - least(${each}::int, 1000), ${DATE}::date, '1 day') AS day
    ON CONFLICT DO NOTHING`;
  // All but some rows of a site are packed; the newest day is in several parts.
  await sql`
    INSERT INTO site_packing (site_id, packed_id)
    SELECT site_id, greatest(max(id) - 100, 0) FROM events WHERE site_id = ANY (${[...sites]}::text[]) GROUP BY site_id
    ON CONFLICT (site_id) DO UPDATE SET packed_id = excluded.packed_id`;
  await sql`
    INSERT INTO day_chunks (site_id, date, part, events, first_id, last_id, format, times, users, user_index, user_texts, event_type, path)
    SELECT site, ${DATE}::date - greatest(number - 6, 0), number, 1, number, number, 1, '\\x00', '\\x00', '\\x00', '\\x00', '\\x00', '\\x00'
    FROM unnest(${[...sites]}::text[]) AS site, generate_series(1, least(${each}::int, 1000)) AS number
    ON CONFLICT DO NOTHING`;
  await sql`INSERT INTO packing_secret (secret) VALUES ('\\x00') ON CONFLICT DO NOTHING`;
  await sql`
    INSERT INTO dead_events (stream, entry_id, fields, reason, deliveries)
    SELECT 's', site || n, '{}', 'r', 1 FROM unnest(${[...sites]}::text[]) AS site, generate_series(1, ${each}::int) AS n LIMIT 100
    ON CONFLICT DO NOTHING`;
}

/** What the planner knows when the tables grow. */
const STATISTICS: Readonly<Record<string, () => Promise<unknown>>> = {
  "were never collected": async () => undefined,
  "are of empty tables": async () => await sql.unsafe(`VACUUM ANALYZE ${TABLES.join(", ")}`),
  "are of tables with one row": async () => {
    await fill(["first"], 1);
    await sql.unsafe(`VACUUM ANALYZE ${TABLES.join(", ")}`);
  },
  "are of many small sites": async () => {
    await fill(
      Array.from({ length: 4_000 }, (_, number) => `site-${number}`),
      5,
    );
    await sql.unsafe(`VACUUM ANALYZE ${TABLES.join(", ")}`);
  },
};

/** How PostgreSQL plans prepared statements; with `auto` it keeps a generic plan from when tables were small. */
const PLANNING = ["auto", "force_generic_plan", "force_custom_plan"];
const EXECUTIONS_UNTIL_GENERIC = 7;

function isCatastrophic({ type, relation, visits }: PlanStep): boolean {
  return visits > VISITS_MAX || (type === "Seq Scan" && relation !== undefined);
}

describe("no statement reads a whole day or table when statistics", () => {
  test.each(Object.keys(STATISTICS))(
    "%s",
    async (name) => {
      await sql.unsafe(`TRUNCATE ${TABLES.join(", ")} RESTART IDENTITY`);
      await STATISTICS[name]?.();
      await using stack = new AsyncDisposableStack();
      const sessions = PLANNING.map((planning) => {
        const session = new ExplainedDatabase(opened.url, { plan_cache_mode: planning });
        return stack.adopt(session, async (database) => await database.close(1_000));
      });
      for (const session of sessions) {
        for (let times = 1; times <= EXECUTIONS_UNTIL_GENERIC; times += 1) {
          for (const run of Object.values(STATEMENTS)) await run(session);
        }
      }
      await fill(["idle"], 5);
      await fill(["big", "other"], DAY_ROWS);
      for (const session of sessions) {
        session.takeSteps();
        for (const run of Object.values(STATEMENTS)) await run(session);
        const steps = session.takeSteps();
        expect(steps.filter(isCatastrophic)).toEqual([]);
        const read = new Set(steps.map(({ relation }) => relation));
        expect(TABLES.filter((table) => !read.has(table))).toEqual([]);
      }
    },
    120_000,
  );
});

import { beforeAll, expect, test } from "bun:test";
import type { ReceivedEvent } from "../../src/event/event.ts";
import { copyNewKeys } from "../../src/store/batch/copy-new-keys.ts";
import { insertEvents } from "../../src/store/batch/store-by-insert.ts";
import { distinctInOrder } from "../../src/store/in-key-order.ts";
import { addToRollups } from "../../src/store/rollups/add-to-rollups.ts";
import type { Difference } from "../../src/store/rollups/difference.ts";
import { foldBatch } from "../../src/store/rollups/fold-batch.ts";
import { rebuildDay } from "../../src/store/rollups/rebuild-day.ts";
import { readDays, readSettledId } from "../../src/store/rollups/rebuild-plan.ts";
import type { Rollup } from "../../src/store/rollups/rollup.ts";
import { ROLLUPS } from "../../src/store/rollups/rollups.ts";
import { verifyRollups } from "../../src/store/rollups/verify-rollups.ts";
import { keyOfRollup } from "../../src/store/schema/duplicates/text-key.ts";
import { sampleReceivedEvent } from "../support/sample-event.ts";
import { useTestDatabase } from "../support/test-database.ts";

const SITE = "s";
const DATE = "2026-01-15";
const RANGE = { siteId: SITE, from: DATE, to: DATE };
const HOUR_SQL = "to_char(timestamp AT TIME ZONE 'UTC', 'HH24')";

/** Two rollups that `src` does not know: one counts events, the other records which hours had any. */
const TYPE_COUNTS: Rollup = {
  kind: "type",
  table: "daily_site_type_counts",
  key: { column: "event_type", sql: "event_type", of: ({ eventType }) => eventType },
  views: "events",
};
const SITE_HOURS: Rollup = {
  kind: "hour",
  table: "daily_site_hours",
  key: { column: "hour", sql: HOUR_SQL, of: ({ timestamp }) => timestamp.slice(11, 13) },
};
const WITH_SCRATCH = [...ROLLUPS, TYPE_COUNTS, SITE_HOURS];

const file = useTestDatabase();

beforeAll(async () => {
  await file.sql`
    CREATE TABLE daily_site_type_counts (
      site_id TEXT COLLATE "C", date DATE, event_type TEXT COLLATE "C", events BIGINT NOT NULL,
      PRIMARY KEY (site_id, date, event_type)
    )`;
  await file.sql`
    CREATE TABLE daily_site_hours (
      site_id TEXT COLLATE "C", date DATE, hour TEXT COLLATE "C", PRIMARY KEY (site_id, date, hour)
    )`;
  const view = (hour: string) =>
    sampleReceivedEvent({ siteId: SITE, timestamp: `${DATE}T${hour}:30:00.000Z` });
  await store([view("09"), view("09"), { ...view("10"), eventType: "signup" }]);
  await store([view("10"), { ...view("11"), eventType: "signup" }]);
});

async function store(events: readonly ReceivedEvent[]): Promise<void> {
  await file.database.transaction(10_000, async (tx) => {
    const inserted = await insertEvents(tx, distinctInOrder(events));
    await addToRollups(tx, foldBatch(inserted, WITH_SCRATCH), copyNewKeys);
  });
}

async function rows() {
  const types = await file.sql`
    SELECT event_type, events::int FROM daily_site_type_counts ORDER BY 1`.values();
  const hours = await file.sql`SELECT hour FROM daily_site_hours ORDER BY 1`.values();
  return { types: [...types], hours: hours.flat() };
}

async function verify(): Promise<readonly Difference[]> {
  const options = { range: RANGE, rowsMax: 100, onProgress: () => undefined };
  return (await verifyRollups(file.database, { ...options, rollups: WITH_SCRATCH })).rows;
}

const RIGHT = {
  types: [
    ["page_view", 3],
    ["signup", 2],
  ],
  hours: ["09", "10", "11"],
};

test("a new rollup is stored from its definition", async () => {
  expect(await rows()).toEqual(RIGHT);
  expect(await verify()).toEqual([]);
});

test("verify and rebuild find and repair a new rollup's rows", async () => {
  await file.sql`UPDATE daily_site_type_counts SET events = 7 WHERE event_type = 'signup'`;
  await file.sql`INSERT INTO daily_site_type_counts VALUES (${SITE}, ${DATE}, 'ghost', 1)`;
  await file.sql`UPDATE daily_site_hours SET hour = '23' WHERE hour = '11'`;
  const found = await verify();
  const row = { kind: "row", site_id: SITE, date: DATE };
  expect(found).toEqual([
    expect.objectContaining({ kind: "day", events: 5, total_views: 5, type_views: 11 }),
    { ...row, rollup: TYPE_COUNTS, key: "ghost", counted: 0, kept: 1 },
    { ...row, rollup: TYPE_COUNTS, key: "signup", counted: 2, kept: 7 },
    { ...row, rollup: SITE_HOURS, key: "11", counted: 1, kept: null },
    { ...row, rollup: SITE_HOURS, key: "23", counted: 0, kept: 1 },
  ]);

  const settledId = await readSettledId(file.database);
  const repaired = [];
  for (const day of await readDays(file.database, RANGE, WITH_SCRATCH)) {
    repaired.push(
      await rebuildDay(file.database, { siteId: SITE, day, settledId }, { rollups: WITH_SCRATCH }),
    );
  }
  const wrong = new Map([
    ["hour", 2],
    ["type", 2],
  ]);
  expect(repaired).toEqual([{ kind: "rebuilt", repaired: wrong }]);
  expect(await rows()).toEqual(RIGHT);
  expect(await verify()).toEqual([]);
});

test("duplicate rows of a new rollup have a key to merge by", () => {
  expect([TYPE_COUNTS, SITE_HOURS].map(keyOfRollup)).toEqual([
    {
      table: "daily_site_type_counts",
      texts: ["site_id", "event_type"],
      others: ["date"],
      merge: ["events"],
    },
    { table: "daily_site_hours", texts: ["site_id", "hour"], others: ["date"], merge: [] },
  ]);
});

import { afterEach, describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { ReceivedEvent } from "../../src/event/event.ts";
import { copyNewKeys } from "../../src/store/batch/copy-new-keys.ts";
import { isNotByCopy } from "../../src/store/batch/store-by-copy.ts";
import { insertEvents } from "../../src/store/batch/store-by-insert.ts";
import { Database } from "../../src/store/database.ts";
import { distinctInOrder } from "../../src/store/in-key-order.ts";
import { readStats } from "../../src/store/reports/read-stats.ts";
import {
  type AddNewKeys,
  addToRollups,
  insertNewKeys,
} from "../../src/store/rollups/add-to-rollups.ts";
import { foldBatch } from "../../src/store/rollups/fold-batch.ts";
import { acceptedEvent, crowdedEvent } from "../support/arbitraries.ts";
import { checkInvariants } from "../support/check-invariants.ts";
import { eventually } from "../support/eventually.ts";
import { rejectionOf } from "../support/rejection-of.ts";
import { sampleReceivedEvent } from "../support/sample-event.ts";
import { openTestDatabase, useTestDatabase } from "../support/test-database.ts";

const DEADLINE_MS = 20_000;
const RECEIVED_AT = "2026-01-15T09:30:00.250Z";
const testDatabase = useTestDatabase();

afterEach(async () => await emptyTables());

async function emptyTables(): Promise<void> {
  await testDatabase.sql`
    TRUNCATE events, daily_site_stats, daily_site_path_counts, daily_site_users`;
}

/** Both ways to add users, in turn. */
const WAYS: readonly AddNewKeys[] = [copyNewKeys, insertNewKeys];
let turn = 0;

/** Stores a batch as a consumer does. Returns how many events were new. */
async function store(
  events: readonly ReceivedEvent[],
  database: Database = testDatabase.database,
): Promise<number> {
  turn += 1;
  const storeBy = async (addNewKeys: AddNewKeys): Promise<number> =>
    await database.transaction(DEADLINE_MS, async (tx) => {
      const inserted = await insertEvents(tx, distinctInOrder(events));
      await addToRollups(tx, foldBatch(inserted), addNewKeys);
      return inserted.length;
    });
  try {
    return await storeBy(WAYS[turn % WAYS.length] ?? copyNewKeys);
  } catch (error) {
    if (!isNotByCopy(error)) throw error;
    return await storeBy(insertNewKeys);
  }
}

function viewAt(timestamp: string, path: string, userId: string): ReceivedEvent {
  return sampleReceivedEvent({ siteId: "s", timestamp, path, userId });
}

describe("adding a batch to the rollups", () => {
  test("adds exact sums to shared sites, days, paths and users", async () => {
    await store([
      viewAt("2026-01-14T23:59:59.999Z", "/a", "u1"),
      viewAt("2026-01-15T00:00:00.000Z", "/a", "u1"),
      viewAt("2026-01-15T12:00:00.000Z", "/b", "u2"),
    ]);
    await store([
      viewAt("2026-01-15T13:00:00.000Z", "/a", "u1"),
      viewAt("2026-01-15T13:00:00.000Z", "/a", "u3"),
    ]);
    const query = { siteId: "s", pathsMax: 10 };
    expect(await readStats(testDatabase.database, { ...query, date: "2026-01-15" })).toEqual({
      site_id: "s",
      date: "2026-01-15",
      total_views: 4,
      unique_users: 3,
      top_paths: [
        { path: "/a", views: 3 },
        { path: "/b", views: 1 },
      ],
    });
    const dayBefore = await readStats(testDatabase.database, { ...query, date: "2026-01-14" });
    expect(dayBefore).toMatchObject({ total_views: 1, unique_users: 1 });
    expect(await checkInvariants(testDatabase.sql)).toBe(5);
  });

  test("changes nothing when a batch is stored again", async () => {
    const batch = Array.from({ length: 20 }, () => sampleReceivedEvent());
    expect(await store(batch)).toBe(20);
    expect(await store(batch)).toBe(0);
    expect(await store([...batch, ...batch.toReversed()])).toBe(0);
    expect(await checkInvariants(testDatabase.sql)).toBe(20);
  });

  test("changes nothing without events", async () => {
    await testDatabase.database.transaction(
      DEADLINE_MS,
      async (tx) => await addToRollups(tx, foldBatch([]), copyNewKeys),
    );
    expect(await checkInvariants(testDatabase.sql)).toBe(0);
  });

  test("leaves nothing when its transaction fails later", async () => {
    const failed = testDatabase.database.transaction(DEADLINE_MS, async (tx) => {
      const inserted = await insertEvents(tx, [sampleReceivedEvent()]);
      await addToRollups(tx, foldBatch(inserted), copyNewKeys);
      throw new Error("later");
    });
    expect(await rejectionOf(failed)).toEqual(new Error("later"));
    expect(await checkInvariants(testDatabase.sql)).toBe(0);
  });

  test("is exact for any events in any batches", async () => {
    const batches = fc.array(fc.array(fc.oneof(crowdedEvent(), acceptedEvent())), { maxLength: 5 });
    const property = fc.asyncProperty(batches, async (sent) => {
      await emptyTables();
      const received = sent.map((batch) =>
        batch.map((event) => ({ ...event, receivedAt: RECEIVED_AT })),
      );
      for (const batch of [...received, ...received.toReversed()]) await store(batch);
      const distinct = distinctInOrder(received.flat()).length;
      expect(await checkInvariants(testDatabase.sql)).toBe(distinct);
    });
    await fc.assert(property, { numRuns: 40 });
  }, 60_000);

  test("is exact, without deadlock, in random order", async () => {
    const events = fc.sample(crowdedEvent(), { numRuns: 60 });
    const received = events.map((event) => ({ ...event, receivedAt: RECEIVED_AT }));
    const batch = fc.shuffledSubarray(received, { minLength: 20 });
    const batches = fc.sample(batch, { numRuns: 120 });
    // More than eight at once: the others wait for a connection. A deadlock rejects, with 40P01.
    await Promise.all(batches.map(async (sent) => await store(sent)));
    const stored = await checkInvariants(testDatabase.sql);
    expect(stored).toBe(distinctInOrder(batches.flat()).length);
  }, 60_000);

  test("never deadlocks on one site's day", async () => {
    const batches = Array.from({ length: 60 }, () =>
      Array.from({ length: 40 }, (_, index) =>
        sampleReceivedEvent({ path: `/${index % 7}`, userId: `user-${index % 11}` }),
      ),
    );
    await Promise.all(batches.map(async (sent) => await store(sent)));
    expect(await checkInvariants(testDatabase.sql)).toBe(2_400);
  }, 60_000);

  test("counts each user once for any text", async () => {
    const texts = [
      "a,b",
      '"',
      "\\",
      "{}",
      "NULL",
      "null",
      " ",
      "'",
      "é",
      "\u{1f600}",
      "a\nb",
      '","',
    ];
    const seen = (userId: string, siteId: string) => sampleReceivedEvent({ userId, siteId });
    await store(texts.slice(0, 6).flatMap((userId) => texts.map((site) => seen(userId, site))));
    for (const _ of WAYS)
      await store(texts.flatMap((userId) => texts.map((site) => seen(userId, site))));
    const rows = await testDatabase.sql`SELECT unique_users::int AS users FROM daily_site_stats`;
    expect(rows.map((row) => Number(row["users"]))).toEqual(texts.map(() => texts.length));
    await checkInvariants(testDatabase.sql);
  });

  test("cannot copy a user that another session just inserted", async () => {
    const event = sampleReceivedEvent();
    const { siteId, userId, timestamp } = event;
    const other = Promise.withResolvers<void>();
    const added = Promise.withResolvers<void>();
    const older = testDatabase.database.transaction(DEADLINE_MS, async (tx) => {
      await tx`INSERT INTO daily_site_users VALUES (${siteId}, ${timestamp.slice(0, 10)}, ${userId})`;
      added.resolve();
      await other.promise;
    });
    await added.promise;
    const failed = rejectionOf(
      testDatabase.database.transaction(DEADLINE_MS, async (tx) => {
        await addToRollups(tx, foldBatch([event]), copyNewKeys);
      }),
    );
    await eventually(async () => {
      const waiting = await testDatabase.sql`
        SELECT 1 FROM pg_stat_activity
        WHERE datname = current_database() AND query LIKE 'COPY daily_site_users%' AND wait_event_type = 'Lock'`;
      expect(waiting).toHaveLength(1);
    });
    other.resolve();
    await older;
    expect(isNotByCopy(await failed)).toBe(true);
  });

  const SETTINGS = [
    "DateStyle = 'German'",
    "TimeZone = 'Asia/Kolkata'",
    "IntervalStyle = 'iso_8601'",
  ];
  for (const setting of SETTINGS) {
    test(`counts users by UTC day with ${setting}`, async () => {
      await using odd = await openTestDatabase();
      const name = new URL(odd.url).pathname.slice(1);
      await odd.sql.unsafe(`ALTER DATABASE ${name} SET ${setting}`);
      const database = new Database({ url: odd.url, connectionsMax: 1 });
      try {
        await store([sampleReceivedEvent({ timestamp: "2026-01-15T23:30:00.000Z" })], database);
        const query = { siteId: "example.com", date: "2026-01-15", pathsMax: 10 };
        const stats = await readStats(database, query);
        expect(stats).toMatchObject({ total_views: 1, unique_users: 1 });
        expect(await checkInvariants(odd.sql)).toBe(1);
      } finally {
        await database.close(1_000);
      }
    });
  }
});

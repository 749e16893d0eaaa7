import { afterEach, describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { ReceivedEvent } from "../../src/event/event.ts";
import { copyEvents, isNotByCopy } from "../../src/store/batch/store-by-copy.ts";
import { insertEvents } from "../../src/store/batch/store-by-insert.ts";
import { distinctInOrder } from "../../src/store/in-key-order.ts";
import { acceptedEvent, acceptedTimestamp } from "../support/arbitraries.ts";
import { rejectionOf } from "../support/rejection-of.ts";
import { sampleReceivedEvent } from "../support/sample-event.ts";
import { useTestDatabase } from "../support/test-database.ts";

const DEADLINE_MS = 10_000;
const testDatabase = useTestDatabase();

afterEach(async () => void (await testDatabase.sql`TRUNCATE events`));

async function copy(events: readonly ReceivedEvent[]): Promise<void> {
  await testDatabase.database.transaction(
    DEADLINE_MS,
    async (tx) => await copyEvents(tx, distinctInOrder(events)),
  );
}

/** The rows as PostgreSQL has them, without what differs from insert to insert. */
async function storedRows(): Promise<readonly string[]> {
  const rows = await testDatabase.sql`
    SELECT (to_jsonb(events) - 'id')::text AS row FROM events ORDER BY site_id, event_id`;
  return rows.map((row) => String(row["row"]));
}

describe("copying events", () => {
  test("stores the same rows as inserting them", async () => {
    const batch = fc.array(fc.record({ event: acceptedEvent(), receivedAt: acceptedTimestamp() }), {
      minLength: 1,
      maxLength: 20,
    });
    const property = fc.asyncProperty(batch, async (sent) => {
      const events = distinctInOrder(
        sent.map(({ event, receivedAt }) => ({ ...event, receivedAt })),
      );
      await testDatabase.sql`TRUNCATE events`;
      await copy(events);
      const copied = await storedRows();
      await testDatabase.sql`TRUNCATE events`;
      await testDatabase.database.transaction(
        DEADLINE_MS,
        async (tx) => await insertEvents(tx, events),
      );
      expect(copied).toHaveLength(events.length);
      expect(copied).toEqual(await storedRows());
    });
    await fc.assert(property, { numRuns: 40 });
  }, 60_000);

  test("keeps texts that have a meaning in COPY", async () => {
    const texts = ["\\.", "\\N", "\\", "a\tb", "a\nb", "a\r\nb", "\\t", '"', "{}", "\u0001\u007f"];
    await copy(texts.map((path) => sampleReceivedEvent({ path, userId: path, eventType: path })));
    const rows = await testDatabase.sql`SELECT path, user_id, event_type FROM events`;
    expect(rows.map((row) => String(row["path"])).toSorted()).toEqual(texts.toSorted());
    for (const { path, user_id, event_type } of rows)
      expect([user_id, event_type]).toEqual([path, path]);
  });

  test("keeps the first and last instants to the millisecond", async () => {
    const instants = [
      "1970-01-01T00:00:00.000Z",
      "1999-12-31T23:59:59.999Z",
      "2000-01-01T00:00:00.000Z",
      "2026-02-28T23:59:59.001Z",
      "9999-12-31T23:59:59.999Z",
    ];
    await copy(instants.map((receivedAt) => sampleReceivedEvent({ receivedAt })));
    const rows = await testDatabase.sql`
      SELECT to_char(received_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.USZ') AS text
      FROM events ORDER BY received_at`;
    const microseconds = instants.map((instant) => instant.replace("Z", "000Z"));
    expect(rows.map((row) => String(row["text"]))).toEqual(microseconds);
  });

  test("stores a batch of 20,000", async () => {
    await copy(Array.from({ length: 20_000 }, () => sampleReceivedEvent()));
    expect(await storedRows()).toHaveLength(20_000);
  }, 30_000);

  test("is not possible when an event is stored already", async () => {
    const before = sampleReceivedEvent();
    await copy([before]);
    const events = [before, ...Array.from({ length: 2_000 }, () => sampleReceivedEvent())];
    expect(isNotByCopy(await rejectionOf(copy(events)))).toBe(true);
    expect(await storedRows()).toHaveLength(1);
    await copy([sampleReceivedEvent()]);
    expect(await storedRows()).toHaveLength(2);
  });

  test("is not possible into a view", async () => {
    await testDatabase.sql`ALTER TABLE events RENAME TO events_behind`;
    await testDatabase.sql`CREATE VIEW events AS SELECT * FROM events_behind`;
    try {
      expect(isNotByCopy(await rejectionOf(copy([sampleReceivedEvent()])))).toBe(true);
    } finally {
      await testDatabase.sql`DROP VIEW events`;
      await testDatabase.sql`ALTER TABLE events_behind RENAME TO events`;
    }
  });

  test("fails as transient without the table", async () => {
    await testDatabase.sql`ALTER TABLE events RENAME TO events_away`;
    try {
      const error = await rejectionOf(copy([sampleReceivedEvent()]));
      expect(error).toMatchObject({ code: "42P01" });
      expect(isNotByCopy(error)).toBe(false);
    } finally {
      await testDatabase.sql`ALTER TABLE events_away RENAME TO events`;
    }
    await copy([sampleReceivedEvent()]);
    expect(await storedRows()).toHaveLength(1);
  });

  test("stores nothing when its backend ends", async () => {
    const failed = testDatabase.database.transaction(DEADLINE_MS, async (tx) => {
      const [row] = await tx`SELECT pg_backend_pid() AS pid`;
      await testDatabase.sql`SELECT pg_terminate_backend(${Number(row?.["pid"])})`;
      await copyEvents(
        tx,
        Array.from({ length: 20_000 }, () => sampleReceivedEvent()),
      );
    });
    const error = await rejectionOf(failed);
    expect(error).toBeInstanceOf(Error);
    expect(isNotByCopy(error)).toBe(false);
    expect(await storedRows()).toEqual([]);
    await copy([sampleReceivedEvent()]);
    expect(await storedRows()).toHaveLength(1);
  });
});

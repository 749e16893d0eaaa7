import { afterEach, describe, expect, test } from "bun:test";
import { type Batch, storeBatch } from "../../src/consume/store-batch.ts";
import { DAY_MS } from "../../src/event/day.ts";
import { encodeEntry, RECEIVED_FIELD } from "../../src/event/entry-codec.ts";
import type { AnalyticsEvent } from "../../src/event/event.ts";
import type { BatchOutcome } from "../../src/metrics/storing-metrics.ts";
import { LARGE_BATCH_EVENTS } from "../../src/store/batch/store-by-copy.ts";
import type { StreamEntry } from "../../src/stream/stream-entry.ts";
import { checkInvariants } from "../support/check-invariants.ts";
import { sampleEvent } from "../support/sample-event.ts";
import { useTestDatabase } from "../support/test-database.ts";
import { batchOf } from "./storing-context.ts";

const NONE_LOST = { lost: new Set<string>(), pruned: 0 };
const NONE_DEAD = { dead: 0, rejected: 0, poison: 0, ...NONE_LOST };

const testDatabase = useTestDatabase();

afterEach(
  async () =>
    void (await testDatabase.sql`
      TRUNCATE events, daily_site_stats, daily_site_path_counts, daily_site_users, dead_events`),
);

async function storeEntries(
  entries: readonly StreamEntry[],
  own: Partial<Batch> = {},
): Promise<BatchOutcome> {
  return await storeBatch(testDatabase.database, batchOf(entries, own));
}

async function store(events: readonly AnalyticsEvent[], triesCopy = true): Promise<BatchOutcome> {
  const nowMs = Date.now();
  const entries = events.map((event, i) => ({
    id: `${nowMs}-${i}`,
    flatFields: encodeEntry(event),
  }));
  return await storeEntries(entries, { triesCopy });
}

function sampleEvents(count: number): AnalyticsEvent[] {
  return Array.from({ length: count }, () => sampleEvent());
}

describe("storeBatch", () => {
  test("copies a batch of new events", async () => {
    const [twice, ...others] = sampleEvents(50);
    const events = [twice, ...others, twice].filter((event) => event !== undefined);
    expect(await store(events)).toEqual({ way: "copied", stored: 50, duplicates: 1, ...NONE_DEAD });
    expect(await checkInvariants(testDatabase.sql)).toBe(50);
  });

  test("inserts and counts only what is new", async () => {
    const [before, ...others] = sampleEvents(50);
    if (before === undefined) throw new Error("Expected an event");
    await store([before]);
    expect(await store([...others, before])).toEqual({
      way: "inserted",
      stored: 49,
      duplicates: 1,
      ...NONE_DEAD,
    });
    expect(await checkInvariants(testDatabase.sql)).toBe(50);
  });

  test("counts each event of overlapping concurrent batches once", async () => {
    const events = sampleEvents(200);
    const outcomes = await Promise.all(
      Array.from({ length: 6 }, async (_, turn) => await store(events.slice(turn * 10))),
    );
    expect(outcomes.reduce((sum, { stored }) => sum + stored, 0)).toBe(200);
    expect(await checkInvariants(testDatabase.sql)).toBe(200);
  });

  test("counts each user of concurrent large and small batches once", async () => {
    const eventsOf = (count: number): AnalyticsEvent[] =>
      Array.from({ length: count }, (_, i) => sampleEvent({ userId: `user-${i % 300}` }));
    const sizes = [LARGE_BATCH_EVENTS, 10, LARGE_BATCH_EVENTS, 200, LARGE_BATCH_EVENTS, 299];
    const outcomes = await Promise.all(sizes.map(async (size) => await store(eventsOf(size))));
    expect(outcomes.map(({ stored }) => stored)).toEqual(sizes);
    expect(await checkInvariants(testDatabase.sql)).toBe(sizes.reduce((sum, size) => sum + size));
  });

  test("sets aside only the event that PostgreSQL rejects", async () => {
    await testDatabase.sql`ALTER TABLE events ADD CONSTRAINT no_evil CHECK (path <> '/evil')`;
    try {
      const outcome = await store([...sampleEvents(20), sampleEvent({ path: "/evil" })]);
      expect(outcome).toEqual({
        way: "bisected",
        stored: 20,
        duplicates: 0,
        dead: 1,
        rejected: 1,
        poison: 0,
        ...NONE_LOST,
      });
      expect(await checkInvariants(testDatabase.sql)).toBe(20);
    } finally {
      await testDatabase.sql`ALTER TABLE events DROP CONSTRAINT no_evil`;
    }
  });

  test.each([-400, -3, -1, 0, 1, 3, 400])(
    "a clock %d days off sets no valid event aside",
    async (days) => {
      const redisNowMs = Date.now();
      const entries = [0, 23 * 3_600_000].map((ms, i) => {
        const timestamp = new Date(redisNowMs + ms).toISOString();
        return { id: `${redisNowMs}-${i}`, flatFields: encodeEntry(sampleEvent({ timestamp })) };
      });
      const outcome = await storeEntries(entries, {
        nowMs: redisNowMs + days * DAY_MS,
        redisNowMs,
      });
      expect(outcome).toMatchObject({ stored: 2, dead: 0 });
    },
  );

  test.each([
    ["that was accepted before all clocks were set back", [], { stored: 1, dead: 0 }],
    ["far ahead of the time it carries", [RECEIVED_FIELD, "now"], { stored: 0, dead: 1 }],
  ])("an event of the future %s", async (_, carried, expected) => {
    const nowMs = Date.now();
    const futureMs = nowMs + 3 * DAY_MS;
    const event = sampleEvent({ timestamp: new Date(futureMs).toISOString() });
    const received = carried.map((text) => (text === "now" ? String(nowMs) : text));
    const entry = { id: `${futureMs}-0`, flatFields: [...encodeEntry(event), ...received] };
    expect(await storeEntries([entry], { nowMs, redisNowMs: nowMs })).toMatchObject(expected);
  });

  test("does not try COPY when told not to", async () => {
    expect(await store(sampleEvents(3), false)).toMatchObject({ way: "inserted", stored: 3 });
  });
});

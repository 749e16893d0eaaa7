import { afterEach, describe, expect, test } from "bun:test";
import { LARGE_BATCH_ENTRIES } from "../../src/consume/large-batch.ts";
import { type BatchOutcome, processBatch } from "../../src/consume/process-batch.ts";
import { encodeEntry, RECEIVED_FIELD } from "../../src/event/entry-codec.ts";
import type { AnalyticsEvent } from "../../src/event/event.ts";
import { checkInvariants } from "../support/check-invariants.ts";
import { sampleEvent } from "../support/sample-event.ts";
import { useTestDatabase } from "../support/test-database.ts";

const NONE_LOST = { lost: new Set<string>(), pruned: 0 };
const NONE_DEAD = { dead: 0, rejected: 0, deadly: 0, ...NONE_LOST };

const testDatabase = useTestDatabase();

afterEach(
  async () =>
    void (await testDatabase.sql`
      TRUNCATE events, daily_site_stats, daily_site_path_counts, daily_site_users, dead_events`),
);

async function store(events: readonly AnalyticsEvent[], isLikelyNew = true): Promise<BatchOutcome> {
  const nowMs = Date.now();
  return await processBatch(testDatabase.database, {
    stream: "events_stream",
    entries: events.map((event, i) => ({ id: `${nowMs}-${i}`, flatFields: encodeEntry(event) })),
    deliveries: new Map(),
    refused: new Map(),
    nowMs,
    redisNowMs: nowMs,
    isLikelyNew,
    claim: { findLost: async () => new Set() },
  });
}

function sampleEvents(count: number): AnalyticsEvent[] {
  return Array.from({ length: count }, () => sampleEvent());
}

describe("processBatch", () => {
  test("processBatch copies a batch and counts it when all of it is new", async () => {
    const [twice, ...others] = sampleEvents(50);
    const events = [twice, ...others, twice].filter((event) => event !== undefined);
    expect(await store(events)).toEqual({ way: "copied", stored: 50, duplicates: 1, ...NONE_DEAD });
    expect(await checkInvariants(testDatabase.sql)).toBe(50);
  });

  test("processBatch inserts what is new and counts that alone when one event was there before", async () => {
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

  test("processBatch counts each event once when batches that overlap are stored at once", async () => {
    const events = sampleEvents(200);
    const outcomes = await Promise.all(
      Array.from({ length: 6 }, async (_, turn) => await store(events.slice(turn * 10))),
    );
    expect(outcomes.reduce((sum, { stored }) => sum + stored, 0)).toBe(200);
    expect(await checkInvariants(testDatabase.sql)).toBe(200);
  });

  test("processBatch counts each user of a day once when large batches and small ones see them at once", async () => {
    const eventsOf = (count: number): AnalyticsEvent[] =>
      Array.from({ length: count }, (_, i) => sampleEvent({ userId: `user-${i % 300}` }));
    const sizes = [LARGE_BATCH_ENTRIES, 10, LARGE_BATCH_ENTRIES, 200, LARGE_BATCH_ENTRIES, 299];
    const outcomes = await Promise.all(sizes.map(async (size) => await store(eventsOf(size))));
    expect(outcomes.map(({ stored }) => stored)).toEqual(sizes);
    expect(await checkInvariants(testDatabase.sql)).toBe(sizes.reduce((sum, size) => sum + size));
  });

  test("processBatch sets aside the one event that PostgreSQL rejects and stores its neighbours", async () => {
    await testDatabase.sql`ALTER TABLE events ADD CONSTRAINT no_evil CHECK (path <> '/evil')`;
    try {
      const outcome = await store([...sampleEvents(20), sampleEvent({ path: "/evil" })]);
      expect(outcome).toEqual({
        way: "bisected",
        stored: 20,
        duplicates: 0,
        dead: 1,
        rejected: 1,
        deadly: 0,
        ...NONE_LOST,
      });
      expect(await checkInvariants(testDatabase.sql)).toBe(20);
    } finally {
      await testDatabase.sql`ALTER TABLE events DROP CONSTRAINT no_evil`;
    }
  });

  const DAY_MS = 86_400_000;
  test.each([-400, -3, -1, 0, 1, 3, 400])(
    "a clock %d days off sets no right event aside",
    async (days) => {
      const redisNowMs = Date.now();
      const timestamps = [0, 23 * 3_600_000].map((ms) => new Date(redisNowMs + ms).toISOString());
      const outcome = await processBatch(testDatabase.database, {
        stream: "events_stream",
        entries: timestamps.map((timestamp, i) => ({
          id: `${redisNowMs}-${i}`,
          flatFields: encodeEntry(sampleEvent({ timestamp })),
        })),
        deliveries: new Map(),
        refused: new Map(),
        nowMs: redisNowMs + days * DAY_MS,
        redisNowMs,
        isLikelyNew: true,
        claim: { findLost: async () => new Set() },
      });
      expect(outcome).toMatchObject({ stored: 2, dead: 0 });
    },
  );

  test.each([
    ["was accepted before all clocks were set back", [], { stored: 1, dead: 0 }],
    ["is far ahead of the time it carries", [RECEIVED_FIELD, "now"], { stored: 0, dead: 1 }],
  ])("an event of the future that %s", async (_, carried, expected) => {
    const redisNowMs = Date.now();
    const futureMs = redisNowMs + 3 * DAY_MS;
    const event = sampleEvent({ timestamp: new Date(futureMs).toISOString() });
    const received = carried.map((text) => (text === "now" ? String(redisNowMs) : text));
    const outcome = await processBatch(testDatabase.database, {
      stream: "events_stream",
      entries: [{ id: `${futureMs}-0`, flatFields: [...encodeEntry(event), ...received] }],
      deliveries: new Map(),
      refused: new Map(),
      nowMs: redisNowMs,
      redisNowMs,
      isLikelyNew: true,
      claim: { findLost: async () => new Set() },
    });
    expect(outcome).toMatchObject(expected);
  });

  test("processBatch does not try COPY when events are likely to be there", async () => {
    expect(await store(sampleEvents(3), false)).toMatchObject({ way: "inserted", stored: 3 });
  });
});

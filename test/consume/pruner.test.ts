import { afterEach, beforeEach, expect, setSystemTime, test } from "bun:test";
import { type PrunerOptions, runPruner } from "../../src/consume/pruner.ts";
import { storeBatch } from "../../src/consume/store-batch.ts";
import { DAY_MS } from "../../src/event/day.ts";
import { encodeEntry } from "../../src/event/entry-codec.ts";
import { announcePrune, readHeldPrune } from "../../src/store/upkeep/retention-state.ts";
import { readAllRetentionClocks } from "../../src/stream/inspect/read-all-retention-clocks.ts";
import { announceShards } from "../../src/stream/shards/announced-shards.ts";
import { shardStreams } from "../../src/stream/shards/shard-streams.ts";
import { eventually } from "../support/eventually.ts";
import { packAllSites } from "../support/packing.ts";
import { type LogRecord, recordingLog } from "../support/recording-log.ts";
import { sampleEvent } from "../support/sample-event.ts";
import { seedEvents } from "../support/seed-events.ts";
import { useTestDatabase } from "../support/test-database.ts";
import { useTestRedis } from "../support/test-stream.ts";
import { batchOf } from "./storing-context.ts";

const NOW_MS = Date.now();
const RETENTION_DAYS = 30;
const SITE = "example.com";
const HELD = "Old events were not deleted: they are more than half of all events";

const redisOfFile = useTestRedis();
const file = useTestDatabase();

let stream: string;
beforeEach(async () => {
  stream = redisOfFile.streamKey();
  await file.sql`
    TRUNCATE events, daily_site_stats, daily_site_path_counts, daily_site_users, pruned_days, retention_state, site_packing, day_chunks`;
});
afterEach(() => void setSystemTime());

function daysAgo(days: number): string {
  return new Date(NOW_MS - days * DAY_MS).toISOString().slice(0, 10);
}

async function seed(days: number, eventsEach: number): Promise<void> {
  await seedEvents(file.database, { siteId: SITE, dates: [daysAgo(days)], eventsEach });
  await packAllSites(file.url);
}

async function eventsLeft(): Promise<number> {
  return (await file.sql`SELECT FROM events`).length;
}

/** Runs a pruner that repeats at once while `work` runs. */
async function whilePruning(
  work: (records: readonly LogRecord[]) => Promise<void>,
  options: Partial<PrunerOptions> = {},
): Promise<void> {
  const { log, records } = recordingLog();
  const stopping = new AbortController();
  const { redis } = redisOfFile;
  const servers = { redisUrl: redisOfFile.url, stream, group: "group", shards: 1 };
  const readClocks = async () =>
    await readAllRetentionClocks([{ redis, key: { stream, group: "group" } }], servers);
  const own = { readClocks, databaseUrl: file.url, retentionDays: RETENTION_DAYS, log };
  const running = runPruner({ ...own, intervalMs: 20, retryMs: 20, ...options }, stopping.signal);
  try {
    await work(records);
  } finally {
    stopping.abort();
    await running;
  }
}

test("logs a failure once, retries, and prunes day after day", async () => {
  await seed(1, 30);
  await file.sql`ALTER TABLE pruned_days RENAME TO away`;
  await seed(41, 10);
  let found: readonly LogRecord[] = [];
  await whilePruning(async (records) => {
    found = records;
    await eventually(() => expect(records).toHaveLength(1));
    await file.sql`ALTER TABLE away RENAME TO pruned_days`;
    await eventually(async () => expect(await eventsLeft()).toBe(30));
    await seed(40, 10);
    await eventually(async () => expect(await eventsLeft()).toBe(30));
  });
  const sentences = found.map(({ level, sentence }) => [level, sentence]);
  expect(sentences[0]).toEqual(["error", "Old events could not be deleted, retrying"]);
  expect(sentences).toContainEqual(["info", "Old events can be deleted again"]);
  const deleted = found.filter(({ sentence }) => sentence.startsWith("Old events deleted"));
  expect(deleted.reduce((sum, { fields }) => sum + Number(fields["events"]), 0)).toBe(20);
  const pruned = await file.sql`SELECT sum(events)::int AS events FROM pruned_days`;
  expect([...pruned]).toEqual([{ events: 20 }] as never);
});

test("deletes nothing early by a clock that is ahead", async () => {
  await seed(1, 20);
  await seed(29, 20);
  await seed(40, 10);
  setSystemTime(NOW_MS + 400 * DAY_MS);
  await whilePruning(async () => {
    await eventually(async () => expect(await eventsLeft()).toBe(40));
  });
});

test("holds a prune of more than half of all events for a person", async () => {
  await seed(1, 10);
  await seed(40, 11);
  await whilePruning(async (records) => {
    await eventually(() => expect(records.length).toBeGreaterThan(1));
    expect(await eventsLeft()).toBe(21);
    const fields = { events: 11, from: daysAgo(40), to: daysAgo(40) };
    expect(records[0]).toMatchObject({ level: "error", sentence: HELD, fields });
    expect(records[0]?.fields["remedy"]).toContain("queueflow prune --older-than 30 --yes");
    expect(await readHeldPrune(file.database)).toMatchObject({ events: 11 });
    // As `queueflow prune --yes` does before it deletes.
    const prunedBefore = `${daysAgo(31)}T00:00:00.000Z`;
    await announcePrune(file.database, { prunedBefore, keptDays: RETENTION_DAYS });
    await eventually(async () => expect(await eventsLeft()).toBe(10));
    expect(await readHeldPrune(file.database)).toBeUndefined();
  });
});

test("holds a large prune after one whose clock was ahead", async () => {
  const prunedBefore = new Date(NOW_MS + 300 * DAY_MS).toISOString();
  await announcePrune(file.database, { prunedBefore, keptDays: 1 });
  await seed(1, 10);
  await seed(40, 11);
  await whilePruning(async (records) => {
    await eventually(() => expect(records[0]).toMatchObject({ sentence: HELD }));
    expect(await eventsLeft()).toBe(21);
  });
});

test.each([
  ["stays in the stream", true, 1],
  ["is not yet stored", false, 1],
  ["is in a shard of another engine", false, 3],
])("keeps a row whose repeat %s", async (_, isProcessed, shards) => {
  await seed(1, 20);
  await seed(50, 1);
  const event = sampleEvent({ timestamp: `${daysAgo(35)}T12:00:00.000Z` });
  const entryOf = (days: number) => {
    const id = `${NOW_MS - days * DAY_MS}-0`;
    return { id, flatFields: encodeEntry(event) };
  };
  const store = async (entry: ReturnType<typeof entryOf>) =>
    await storeBatch(file.database, batchOf([entry], { triesCopy: false }));
  const [sent, repeated] = [entryOf(35), entryOf(6)];
  expect(await store(sent)).toMatchObject({ stored: 1 });
  if (isProcessed) await store(repeated);
  await announceShards(redisOfFile.redis, { stream, shards });
  const last = shardStreams({ stream, shards }).at(-1) ?? stream;
  await redisOfFile.redis.xadd(last, repeated.id, ...repeated.flatFields);
  const left = await eventsLeft();
  await whilePruning(async () => {
    await eventually(async () => expect(await eventsLeft()).toBe(left - 1));
  });
  expect(await store(repeated)).toMatchObject({ stored: 0, duplicates: 1 });
});

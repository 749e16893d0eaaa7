import { beforeEach, expect, test } from "bun:test";
import { Stopwatch } from "../../src/async/stopwatch.ts";
import { DeliveryFinisher } from "../../src/consume/finish-delivery.ts";
import { QueueFlowError } from "../../src/errors.ts";
import { DAY_MS } from "../../src/event/day.ts";
import { encodeEntry } from "../../src/event/entry-codec.ts";
import type { Database } from "../../src/store/database.ts";
import { announceForget } from "../../src/store/forget/announce-forget.ts";
import { deleteOldEvents } from "../../src/store/upkeep/old-events.ts";
import { readFence } from "../../src/store/upkeep/read-fence.ts";
import { announcePrune } from "../../src/store/upkeep/retention-state.ts";
import { type ConsumerKey, readNew } from "../../src/stream/consumer-group.ts";
import { ensureGroup } from "../../src/stream/create-group.ts";
import type { StreamEntry } from "../../src/stream/stream-entry.ts";
import { trimProcessed } from "../../src/stream/trim.ts";
import { eventually } from "../support/eventually.ts";
import type { Scrape } from "../support/metrics-samples.ts";
import { packAllSites } from "../support/packing.ts";
import { recordingLog } from "../support/recording-log.ts";
import { sampleEvent } from "../support/sample-event.ts";
import { pendingOf } from "../support/stream-fixture.ts";
import { useTestDatabase } from "../support/test-database.ts";
import { useTestRedis } from "../support/test-stream.ts";
import { HookedDatabase, storingContext } from "./storing-context.ts";

const KEPT_DAYS = 30;
const EVENTS = 20;
/** A consumer confirms its claim before each attempt and before each COMMIT. */
const ALWAYS_CONFIRMS_MS = 0;
/** A consumer never confirms its claim: its clocks do not show that it was suspended. */
const NEVER_CONFIRMS_MS = 60 * 60 * 1_000;
const SKIPPED = "queueflow_entries_skipped_total";

const redisOfFile = useTestRedis();
const file = useTestDatabase();
const { log } = recordingLog();

let key: ConsumerKey;
beforeEach(async () => {
  key = { stream: redisOfFile.streamKey(), group: "workers", consumer: "worker-1" };
  await ensureGroup(redisOfFile.redis, key, log);
  await file.sql`
    TRUNCATE events, daily_site_stats, daily_site_path_counts, daily_site_users, pruned_days, retention_state, site_packing, day_chunks`;
});

/** A database that runs `act` before its first transaction. */
function suspendingDatabase(act: () => Promise<void>): HookedDatabase {
  let isFirst = true;
  return new HookedDatabase(file.url, async () => {
    if (!isFirst) return;
    isFirst = false;
    await act();
  });
}

/** Delivers to the consumer entries that were received 40 days ago. */
async function deliverOld(): Promise<readonly StreamEntry[]> {
  const { redis } = redisOfFile;
  const oldMs = Date.now() - 40 * DAY_MS;
  const event = { timestamp: new Date(oldMs).toISOString() };
  for (let i = 0; i < EVENTS; i += 1) {
    await redis.xadd(key.stream, `${oldMs}-${i}`, ...encodeEntry(sampleEvent(event)));
  }
  return (await readNew(redis, key, { entriesMax: EVENTS, blockMs: 1 })).entries;
}

/** Stores and acknowledges a batch as the consumer; returns its metrics. */
async function finish(
  entries: readonly StreamEntry[],
  { claimIdleMs, database }: { claimIdleMs: number; database: Database },
): Promise<Scrape> {
  const { redis } = redisOfFile;
  const { context, readMetrics } = storingContext({ redis, key, claimIdleMs, database });
  const delivery = { entries, missingIds: [], since: new Stopwatch() };
  await new DeliveryFinisher(context).finish(delivery, new AbortController().signal);
  return await readMetrics();
}

/** Another consumer takes entries over and finishes them. */
async function finishElsewhere(entries: readonly StreamEntry[]): Promise<void> {
  const { redis } = redisOfFile;
  const ids = entries.map(({ id }) => id);
  await redis.xclaim(key.stream, key.group, "other", 0, ...ids);
  await finish(entries, { claimIdleMs: NEVER_CONFIRMS_MS, database: file.database });
  await trimProcessed(redis, key, { entries: 0, sinceMs: 0 });
}

async function prune(): Promise<void> {
  await packAllSites(file.url);
  const before = new Date(Date.now() - KEPT_DAYS * DAY_MS).toISOString();
  await announcePrune(file.database, { prunedBefore: before, keptDays: KEPT_DAYS });
  await deleteOldEvents(file.database, { before, afterId: 0n, rowsMax: 1_000 });
  expect(await file.sql`SELECT FROM events`).toHaveLength(0);
}

async function totalViews(): Promise<number> {
  const [row] =
    await file.sql`SELECT coalesce(sum(total_views), 0)::int AS views FROM daily_site_stats`;
  return Number(row?.["views"]);
}

test.each([
  ["its claim has lapsed", ALWAYS_CONFIRMS_MS, "resumes", "taken_over"],
  ["its clocks stood still", NEVER_CONFIRMS_MS, "resumes", "pruned"],
  ["its first attempt failed", NEVER_CONFIRMS_MS, "fails", "taken_over"],
])("counts no pruned event again when %s", async (_, claimIdleMs, then, reason) => {
  const entries = await deliverOld();
  await using database = suspendingDatabase(async () => {
    await finishElsewhere(entries);
    await prune();
    if (then === "fails") throw new QueueFlowError("database_unavailable", "It was suspended");
  });
  const counted = await finish(entries, { claimIdleMs, database });
  expect(await totalViews()).toBe(EVENTS);
  expect(counted.value("queueflow_events_stored_total")).toBe(0);
  expect(counted.value(SKIPPED, { reason })).toBe(EVENTS);
});

test("stores no forgotten event again when its clocks stood still", async () => {
  const entries = await deliverOld();
  await using database = suspendingDatabase(async () => {
    await finishElsewhere(entries);
    await announceForget(file.database);
    await file.sql`TRUNCATE events, daily_site_stats, daily_site_path_counts, daily_site_users`;
  });
  const counted = await finish(entries, { claimIdleMs: NEVER_CONFIRMS_MS, database });
  expect(await totalViews()).toBe(0);
  expect(counted.value(SKIPPED, { reason: "taken_over" })).toBe(EVENTS);
});

test("leaves entries to the consumer that took them over", async () => {
  const entries = await deliverOld();
  const taken = entries.slice(0, 5).map(({ id }) => id);
  await using database = suspendingDatabase(async () => {
    await redisOfFile.redis.xclaim(key.stream, key.group, "other", 0, ...taken);
  });
  const counted = await finish(entries, { claimIdleMs: ALWAYS_CONFIRMS_MS, database });
  expect(await totalViews()).toBe(EVENTS - 5);
  expect(counted.value(SKIPPED, { reason: "taken_over" })).toBe(5);
  expect(await pendingOf(redisOfFile.redis, key)).toBe(5);
});

test("stores entries of a group that was destroyed and created again", async () => {
  const entries = await deliverOld();
  await using database = suspendingDatabase(async () => {
    await redisOfFile.redis.del(key.stream);
    await ensureGroup(redisOfFile.redis, key, log);
  });
  await finish(entries, { claimIdleMs: ALWAYS_CONFIRMS_MS, database });
  expect(await totalViews()).toBe(EVENTS);
});

test("a prune waits for transactions that have not seen its horizon", async () => {
  const order: string[] = [];
  const prunedBefore = new Date(Date.now() - KEPT_DAYS * DAY_MS).toISOString();
  const { announced } = await file.database.transaction(10_000, async (tx) => {
    await tx`DELETE FROM events WHERE false`; // Takes the lock that a batch takes.
    const announcing = announcePrune(file.database, { prunedBefore, keptDays: KEPT_DAYS });
    const pushed = announcing.then(() => order.push("announced"));
    await eventually(async () => expect((await readFence(tx)).prunedBefore).toBeDefined());
    // Enough time for a prune that does not wait.
    for (let i = 0; i < 50; i += 1) await tx`SELECT 1`;
    order.push("written");
    return { announced: pushed };
  });
  await announced;
  expect(order).toEqual(["written", "announced"]);
});

test("stores a backlog though a prune's clock was ahead", async () => {
  const ahead = new Date(Date.now() + 300 * DAY_MS).toISOString();
  await announcePrune(file.database, { prunedBefore: ahead, keptDays: 1 });
  await finish(await deliverOld(), { claimIdleMs: NEVER_CONFIRMS_MS, database: file.database });
  expect(await totalViews()).toBe(EVENTS);
  const right = new Date(Date.now() - KEPT_DAYS * DAY_MS);
  await announcePrune(file.database, { prunedBefore: right.toISOString(), keptDays: KEPT_DAYS });
  const [state] = await file.sql`SELECT pruned_before, kept_days FROM retention_state`;
  expect(state).toEqual({ pruned_before: right, kept_days: KEPT_DAYS });
});

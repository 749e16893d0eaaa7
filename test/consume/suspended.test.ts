import { beforeEach, expect, test } from "bun:test";
import { Stopwatch } from "../../src/async/stopwatch.ts";
import { BatchWorker } from "../../src/consume/batch-worker.ts";
import { WorkInHand } from "../../src/consume/work-in-hand.ts";
import { QueueFlowError } from "../../src/errors.ts";
import { encodeEntry } from "../../src/event/entry-codec.ts";
import { Database, type Transaction } from "../../src/store/database.ts";
import { announcePrune } from "../../src/store/upkeep/announce-prune.ts";
import { deleteOldEvents } from "../../src/store/upkeep/delete-old-events.ts";
import { readPrunedBefore } from "../../src/store/upkeep/read-pruned-before.ts";
import { type ConsumerKey, ensureGroup, readNew } from "../../src/stream/consumer-group.ts";
import type { StreamEntry } from "../../src/stream/stream-entry.ts";
import { trimProcessed } from "../../src/stream/trim.ts";
import { eventually } from "../support/eventually.ts";
import type { Scrape } from "../support/metrics-samples.ts";
import { recordingLog } from "../support/recording-log.ts";
import { sampleEvent } from "../support/sample-event.ts";
import { storingMetrics } from "../support/storing-metrics.ts";
import { pendingOf } from "../support/stream-fixture.ts";
import { useTestDatabase } from "../support/test-database.ts";
import { useTestRedis } from "../support/test-stream.ts";

const DAY_MS = 24 * 60 * 60 * 1_000;
const KEPT_DAYS = 30;
const EVENTS = 20;
/** So short that a consumer asks for its claim before each attempt and before each COMMIT. */
const ASKS_ALWAYS_MS = 0;
/** So long that it never asks: its clocks do not show that it was suspended. */
const ASKS_NEVER_MS = 60 * 60 * 1_000;
const SKIPPED = "queueflow_entries_skipped_total";

const redisOfFile = useTestRedis();
const file = useTestDatabase();
const { log } = recordingLog();

let key: ConsumerKey;
beforeEach(async () => {
  key = { stream: redisOfFile.streamKey(), group: "workers", consumer: "worker-1" };
  await ensureGroup(redisOfFile.redis, key, log);
  await file.sql`
    TRUNCATE events, daily_site_stats, daily_site_path_counts, daily_site_users, pruned_days, retention_state`;
});

/** Runs `act` once, in the moment before a transaction begins. */
class SuspendingDatabase extends Database implements AsyncDisposable {
  #act: (() => Promise<void>) | undefined;

  constructor(url: string, act: () => Promise<void>) {
    super({ url, connectionsMax: 1 });
    this.#act = act;
  }

  override async transaction<Result>(
    deadlineMs: number,
    work: (tx: Transaction) => Promise<Result>,
  ): Promise<Result> {
    const act = this.#act;
    this.#act = undefined;
    await act?.();
    return await super.transaction(deadlineMs, work);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close(1_000);
  }
}

/** Delivers entries to the consumer that were received 40 days ago, of events that happened then. */
async function deliverOld(): Promise<readonly StreamEntry[]> {
  const { redis } = redisOfFile;
  const oldMs = Date.now() - 40 * DAY_MS;
  const event = { timestamp: new Date(oldMs).toISOString() };
  for (let i = 0; i < EVENTS; i += 1) {
    await redis.xadd(key.stream, `${oldMs}-${i}`, ...encodeEntry(sampleEvent(event)));
  }
  return (await readNew(redis, key, { entriesMax: EVENTS, blockMs: 1 })).entries;
}

/** Stores and acknowledges a batch that is the consumer's; returns what it counted. */
async function finish(
  entries: readonly StreamEntry[],
  { claimIdleMs, database }: { claimIdleMs: number; database: Database },
): Promise<Scrape> {
  const { redis } = redisOfFile;
  const { metrics, read } = storingMetrics();
  const options = { redis, key, claimIdleMs, database, workInHand: new WorkInHand(), metrics, log };
  const delivery = { since: new Stopwatch(), signal: new AbortController().signal };
  await new BatchWorker(options).finish({ entries, missingIds: [] }, delivery);
  return await read();
}

/** Another consumer takes entries over and finishes them. */
async function finishElsewhere(entries: readonly StreamEntry[]): Promise<void> {
  const { redis } = redisOfFile;
  const ids = entries.map(({ id }) => id);
  await redis.xclaim(key.stream, key.group, "other", 0, ...ids);
  await finish(entries, { claimIdleMs: ASKS_NEVER_MS, database: file.database });
  await trimProcessed(redis, key, { entries: 0, sinceMs: 0 });
}

async function prune(): Promise<void> {
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
  ["its claim has lapsed", ASKS_ALWAYS_MS, "resumes", "taken_over"],
  ["its clocks stood still", ASKS_NEVER_MS, "resumes", "pruned"],
  ["its first attempt failed", ASKS_NEVER_MS, "fails", "taken_over"],
])("counts no pruned event again when %s", async (_, claimIdleMs, then, reason) => {
  const entries = await deliverOld();
  await using database = new SuspendingDatabase(file.url, async () => {
    await finishElsewhere(entries);
    await prune();
    if (then === "fails") throw new QueueFlowError("database_unavailable", "It was suspended");
  });
  const counted = await finish(entries, { claimIdleMs, database });
  expect(await totalViews()).toBe(EVENTS);
  expect(counted.value("queueflow_events_stored_total")).toBe(0);
  expect(counted.value(SKIPPED, { reason })).toBe(EVENTS);
});

test("leaves entries to the consumer that took them over", async () => {
  const entries = await deliverOld();
  const taken = entries.slice(0, 5).map(({ id }) => id);
  await using database = new SuspendingDatabase(file.url, async () => {
    await redisOfFile.redis.xclaim(key.stream, key.group, "other", 0, ...taken);
  });
  const counted = await finish(entries, { claimIdleMs: ASKS_ALWAYS_MS, database });
  expect(await totalViews()).toBe(EVENTS - 5);
  expect(counted.value(SKIPPED, { reason: "taken_over" })).toBe(5);
  expect(await pendingOf(redisOfFile.redis, key)).toBe(5);
});

test("stores entries of a group that was destroyed and created again", async () => {
  const entries = await deliverOld();
  await using database = new SuspendingDatabase(file.url, async () => {
    await redisOfFile.redis.del(key.stream);
    await ensureGroup(redisOfFile.redis, key, log);
  });
  await finish(entries, { claimIdleMs: ASKS_ALWAYS_MS, database });
  expect(await totalViews()).toBe(EVENTS);
});

test("a prune waits for a transaction that has not seen its horizon", async () => {
  const order: string[] = [];
  const prunedBefore = new Date(Date.now() - KEPT_DAYS * DAY_MS).toISOString();
  const { announced } = await file.database.transaction(10_000, async (tx) => {
    await tx`DELETE FROM events WHERE false`; // Takes the lock that a batch takes.
    const announcing = announcePrune(file.database, { prunedBefore, keptDays: KEPT_DAYS });
    const pushed = announcing.then(() => order.push("announced"));
    await eventually(async () => expect(await readPrunedBefore(tx)).toBeDefined());
    // Time enough for a prune that does not wait.
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
  await finish(await deliverOld(), { claimIdleMs: ASKS_NEVER_MS, database: file.database });
  expect(await totalViews()).toBe(EVENTS);
  const right = new Date(Date.now() - KEPT_DAYS * DAY_MS);
  await announcePrune(file.database, { prunedBefore: right.toISOString(), keptDays: KEPT_DAYS });
  const [state] = await file.sql`SELECT pruned_before, kept_days FROM retention_state`;
  expect(state).toEqual({ pruned_before: right, kept_days: KEPT_DAYS });
});

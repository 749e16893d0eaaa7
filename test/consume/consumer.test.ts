import { expect, test } from "bun:test";
import { runConsumer } from "../../src/consume/consumer.ts";
import { encodeEntry } from "../../src/event/entry-codec.ts";
import { readNew } from "../../src/stream/consumer-group.ts";
import { ensureGroup } from "../../src/stream/create-group.ts";
import { notedLosses } from "../../src/stream/inspect/loss-notes.ts";
import { checkInvariants } from "../support/check-invariants.ts";
import { eventually } from "../support/eventually.ts";
import { sampleEvent } from "../support/sample-event.ts";
import { appendEntries, pendingOf } from "../support/stream-fixture.ts";
import { useTestDatabase } from "../support/test-database.ts";
import { useTestRedis } from "../support/test-stream.ts";
import { storingContext } from "./storing-context.ts";

const redisOfFile = useTestRedis();
const databaseOfFile = useTestDatabase();

test("stores a batch that takes several reads in one transaction", async () => {
  const { redis } = redisOfFile;
  const key = { stream: redisOfFile.streamKey(), group: "workers", consumer: "worker-1" };
  const { database, sql } = databaseOfFile;
  const { context, records } = storingContext({ redis, database, key, batchEntriesMax: 12_000 });
  await ensureGroup(redis, key, context.log);
  const pipeline = redis.pipeline();
  for (let i = 0; i < 13_000; i += 1) pipeline.xadd(key.stream, "*", ...encodeEntry(sampleEvent()));
  await pipeline.exec();

  const stopping = new AbortController();
  const ended = runConsumer(context, stopping.signal);
  const stored = () =>
    records.filter(({ sentence }) => sentence === "Transaction committed").map((r) => r.fields);
  await eventually(() => expect(stored()).toHaveLength(2));
  stopping.abort();
  await ended;

  expect(stored()).toMatchObject([{ stored: 12_000 }, { stored: 1_000 }]);
  expect(await checkInvariants(sql)).toBe(13_000);
  expect(await pendingOf(redis, key)).toBe(0);
}, 30_000);

test("notes every loss before it ends", async () => {
  const { redis } = redisOfFile;
  const key = { stream: redisOfFile.streamKey(), group: "workers", consumer: "worker-1" };
  const { context } = storingContext({ redis, database: databaseOfFile.database, key });
  await ensureGroup(redis, key, context.log);
  const ids = await appendEntries(redis, key.stream, 3);
  await readNew(redis, key, { entriesMax: 3, blockMs: 1 });
  await redis.xdel(key.stream, ...ids);

  const stopping = new AbortController();
  // One entry per batch, so that the losses of the later ones wait for their interval.
  const ended = runConsumer({ ...context, batchEntriesMax: 1 }, stopping.signal);
  await eventually(async () => expect(await pendingOf(redis, key)).toBe(0));
  stopping.abort();
  await ended;

  const losses = await notedLosses(redis, key);
  expect(losses.reduce((sum, { entries }) => sum + entries, 0)).toBe(3);
});

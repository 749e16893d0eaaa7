import { expect, test } from "bun:test";
import { runConsumer } from "../../src/consume/consumer.ts";
import { encodeEntry } from "../../src/event/entry-codec.ts";
import { ensureGroup } from "../../src/stream/consumer-group.ts";
import { checkInvariants } from "../support/check-invariants.ts";
import { eventually } from "../support/eventually.ts";
import { sampleEvent } from "../support/sample-event.ts";
import { pendingOf } from "../support/stream-fixture.ts";
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

import { expect, test } from "bun:test";
import { runConsumer } from "../../src/consume/consumer.ts";
import { WorkInHand } from "../../src/consume/work-in-hand.ts";
import { encodeEntry } from "../../src/event/entry-codec.ts";
import { ensureGroup } from "../../src/stream/consumer-group.ts";
import { checkInvariants } from "../support/check-invariants.ts";
import { eventually } from "../support/eventually.ts";
import { recordingLog } from "../support/recording-log.ts";
import { sampleEvent } from "../support/sample-event.ts";
import { storingMetrics } from "../support/storing-metrics.ts";
import { pendingOf } from "../support/stream-fixture.ts";
import { useTestDatabase } from "../support/test-database.ts";
import { useTestRedis } from "../support/test-stream.ts";

const redisOfFile = useTestRedis();
const databaseOfFile = useTestDatabase();

test("runConsumer stores what it reads in several parts as one batch when more waits than one reply holds", async () => {
  const { redis } = redisOfFile;
  const { log, records } = recordingLog();
  const key = { stream: redisOfFile.streamKey(), group: "workers", consumer: "worker-1" };
  await ensureGroup(redis, key, log);
  const pipeline = redis.pipeline();
  for (let i = 0; i < 13_000; i += 1) pipeline.xadd(key.stream, "*", ...encodeEntry(sampleEvent()));
  await pipeline.exec();

  const stopping = new AbortController();
  const { database, sql } = databaseOfFile;
  const workInHand = new WorkInHand();
  const { metrics } = storingMetrics();
  const options = { redis, database, key, claimIdleMs: 60_000, workInHand, metrics, log };
  const ended = runConsumer({ ...options, batchEntriesMax: 12_000 }, stopping.signal);
  const stored = () =>
    records.filter(({ sentence }) => sentence === "Transaction committed").map((r) => r.fields);
  await eventually(() => expect(stored()).toHaveLength(2));
  stopping.abort();
  await ended;

  expect(stored()).toMatchObject([{ stored: 12_000 }, { stored: 1_000 }]);
  expect(await checkInvariants(sql)).toBe(13_000);
  expect(await pendingOf(redis, key)).toBe(0);
}, 30_000);

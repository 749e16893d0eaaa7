import { beforeEach, describe, expect, test } from "bun:test";
import { watchIds } from "../../src/consume/watches/id-watch.ts";
import { encodeEntry } from "../../src/event/entry-codec.ts";
import { acknowledge, type ConsumerKey, readNew } from "../../src/stream/consumer-group.ts";
import { ensureGroup } from "../../src/stream/create-group.ts";
import { readBacklog } from "../../src/stream/inspect/read-backlog.ts";
import { readClock } from "../../src/stream/redis/redis-clock.ts";
import { LAST_ENTRY_ID } from "../../src/stream/stream-entry.ts";
import { recordingLog } from "../support/recording-log.ts";
import { sampleEvent } from "../support/sample-event.ts";
import { appendEntries } from "../support/stream-fixture.ts";
import { useTestRedis } from "../support/test-stream.ts";

const YEAR_2100_MS = Date.parse("2100-01-01T00:00:00Z");
const NOW_MS = 10_000_000;
const { log } = recordingLog();
const redisOfFile = useTestRedis();

let key: ConsumerKey;
beforeEach(async () => {
  key = { stream: redisOfFile.streamKey(), group: "workers", consumer: "worker-1" };
  await ensureGroup(redisOfFile.redis, key, log);
});

async function append(id: string, receivedMs?: number): Promise<void> {
  const carried = receivedMs === undefined ? [] : ["received_at_ms", String(receivedMs)];
  await redisOfFile.redis.xadd(key.stream, id, ...encodeEntry(sampleEvent()), ...carried);
}

async function read(entriesMax: number): Promise<readonly string[]> {
  const { entries } = await readNew(redisOfFile.redis, key, { entriesMax, blockMs: 1 });
  return entries.map(({ id }) => id);
}

async function lagMs(): Promise<number> {
  return (await readBacklog(redisOfFile.redis, key, NOW_MS)).lagMs;
}

describe("the backlog with ids in the future", () => {
  test("takes the age from the time in the oldest entry", async () => {
    await append(`${YEAR_2100_MS}-1`, NOW_MS - 36_000);
    await append(`${YEAR_2100_MS}-2`, NOW_MS - 10_000);
    expect(await lagMs()).toBe(36_000);
    const ids = await read(10);
    expect(await lagMs()).toBe(36_000);
    await acknowledge(redisOfFile.redis, key, ids.slice(0, 1));
    expect(await lagMs()).toBe(10_000);
  });

  test("takes the age from a later entry with a time", async () => {
    await append(`${YEAR_2100_MS}-1`);
    expect(await lagMs()).toBe(0);
    await append(`${YEAR_2100_MS}-2`, NOW_MS - 9_000);
    expect(await lagMs()).toBe(9_000);
  });

  test("takes the age without a group too", async () => {
    await append(`${YEAR_2100_MS}-1`, NOW_MS - 36_000);
    await redisOfFile.redis.xgroup("DESTROY", key.stream, key.group);
    expect(await lagMs()).toBe(36_000);
  });

  test("reports how far ids are ahead in an empty stream", async () => {
    const state = async () => {
      const found = await readBacklog(redisOfFile.redis, key, NOW_MS);
      return { aheadMs: found.idsAheadMs, isExhausted: found.isExhausted };
    };
    expect(await state()).toEqual({ aheadMs: 0, isExhausted: false });
    await append(`${NOW_MS - 1}-0`);
    expect(await state()).toEqual({ aheadMs: 0, isExhausted: false });
    await append(`${NOW_MS + 5_000}-0`);
    await redisOfFile.redis.xtrim(key.stream, "MAXLEN", 0);
    expect(await state()).toEqual({ aheadMs: 5_000, isExhausted: false });
    await append(LAST_ENTRY_ID);
    expect((await state()).isExhausted).toBeTrue();
  });
});

test("measures age by the clock of Redis", async () => {
  const redisMs = Math.floor((await readClock(redisOfFile.redis)) ?? 0);
  await append(`${redisMs - 60_000}-0`);
  const nowMs = Date.now;
  Date.now = () => nowMs() - 3 * 86_400_000;
  try {
    const backlog = await readBacklog(redisOfFile.redis, key);
    expect(backlog.lagMs).toBeWithin(60_000, 120_000);
    expect(backlog.idsAheadMs).toBe(0);
  } finally {
    Date.now = nowMs;
  }
});

test("logs once that ids are ahead, used up, and right again", async () => {
  const recorded = recordingLog();
  const { redis } = redisOfFile;
  const check = watchIds({ redis, key, log: recorded.log });
  const checkTwice = async () => {
    await check();
    await check();
  };
  await checkTwice();
  await appendEntries(redis, key.stream, 1);
  await checkTwice();
  expect(recorded.records).toEqual([]);
  await append(`${YEAR_2100_MS}-1`);
  await checkTwice();
  expect(recorded.records).toMatchObject([{ level: "warn", fields: { stream: key.stream } }]);
  await append(LAST_ENTRY_ID);
  await checkTwice();
  const remedy: unknown = expect.stringContaining(`redis-cli RENAME ${key.stream} `);
  expect(recorded.records.slice(1)).toMatchObject([{ level: "error", fields: { remedy } }]);
  await redis.rename(key.stream, redisOfFile.streamKey());
  await checkTwice();
  expect(recorded.records.slice(2)).toMatchObject([{ level: "info" }]);
});

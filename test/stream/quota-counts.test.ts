import { beforeEach, describe, expect, test } from "bun:test";
import { DailyQuotas } from "../../src/access/limits/daily-quotas.ts";
import { addQuotaCounts, quotaKey } from "../../src/stream/access/quota-counts.ts";
import { startQuotaFlushes } from "../../src/stream/access/quota-flushes.ts";
import { eventually } from "../support/eventually.ts";
import { recordingLog } from "../support/recording-log.ts";
import { useTestRedis } from "../support/test-stream.ts";

const redisOfFile = useTestRedis();
const DAY = "2026-01-15";

let stream: string;
beforeEach(() => {
  stream = redisOfFile.streamKey();
});

async function add(runId: string, sequence: number, counts: Readonly<Record<string, number>>) {
  const flush = { date: DAY, sequence, counts: new Map(Object.entries(counts)) };
  return Object.fromEntries(await addQuotaCounts(redisOfFile.redis, { stream, runId }, flush));
}

describe("quota counts in Redis", () => {
  test("add up over threads and sites", async () => {
    expect(await add("a", 1, { one: 3, two: 4 })).toEqual({ one: 3, two: 4 });
    expect(await add("b", 1, { one: 5 })).toEqual({ one: 8 });
    expect(await add("a", 2, { one: -1, two: 0 })).toEqual({ one: 7, two: 4 });
  });

  test("count a flush once that is sent again", async () => {
    await add("a", 1, { one: 3 });
    expect(await add("a", 1, { one: 3 })).toEqual({ one: 3 });
    expect(await add("a", 2, { one: 3 })).toEqual({ one: 6 });
    expect(await add("a", 1, { one: 3 })).toEqual({ one: 6 });
  });

  test("write nothing while there is nothing to count", async () => {
    expect(await add("a", 1, { one: 0 })).toEqual({ one: 0 });
    expect(await redisOfFile.redis.exists(quotaKey(stream, DAY))).toBe(0);
  });

  test("expire after the day", async () => {
    await add("a", 1, { one: 1 });
    expect(await redisOfFile.redis.ttl(quotaKey(stream, DAY))).toBeGreaterThan(86_400);
  });

  test("keep quotas apart from thread runs", async () => {
    await add("x", 7, { "site:run:x": 1, "key:x": 2, "site:x": 3 });
    expect(await add("y", 1, { "site:run:x": 0, "key:x": 0, "site:x": 0 })).toEqual({
      "site:run:x": 1,
      "key:x": 2,
      "site:x": 3,
    });
  });
});

describe("flushes of quota counts", () => {
  const start = (quotas: DailyQuotas, { log } = recordingLog()) =>
    startQuotaFlushes(redisOfFile.redis, { stream, quotas, readDate: async () => DAY, log });

  test("exchange counts of threads", async () => {
    const threads = [new DailyQuotas(), new DailyQuotas()];
    const flushes = threads.map((quotas) => start(quotas));
    for (const quotas of threads) quotas.take("site:a", { date: DAY, events: 2 });
    await eventually(() => {
      for (const quotas of threads) expect(quotas.used("site:a", DAY)).toBe(4);
    });
    for (const each of flushes) await each.stop();
  });

  test("warn once while Redis refuses to count, and keep the counts", async () => {
    const quotas = new DailyQuotas();
    const recorded = recordingLog();
    const flushes = start(quotas, recorded);
    const { redis } = redisOfFile;
    await redis.set(quotaKey(stream, DAY), "no hash");
    quotas.take("site:a", { date: DAY, events: 2 });
    await flushes.flush();
    await flushes.flush();
    expect(recorded.records.map(({ level }) => level)).toEqual(["warn"]);
    await redis.del(quotaKey(stream, DAY));
    await flushes.stop();
    expect(await redis.hget(quotaKey(stream, DAY), "site:a")).toBe("2");
    expect(recorded.records.map(({ level }) => level)).toEqual(["warn", "info"]);
  });

  test("send the rest at the end", async () => {
    const quotas = new DailyQuotas();
    const flushes = start(quotas);
    quotas.take("site:a", { date: DAY, events: 1 });
    await flushes.flush();
    quotas.take("site:a", { date: DAY, events: 2 });
    await flushes.stop();
    expect(await redisOfFile.redis.hget(quotaKey(stream, DAY), "site:a")).toBe("3");
  });
});

import { beforeEach, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { acknowledge, type ConsumerKey, readNew } from "../../src/stream/consumer-group.ts";
import { ensureGroup } from "../../src/stream/create-group.ts";
import { trimProcessed } from "../../src/stream/trim.ts";
import { recordingLog } from "../support/recording-log.ts";
import { appendEntries, idsOf } from "../support/stream-fixture.ts";
import { useTestRedis } from "../support/test-stream.ts";

const IDS = ["1000-0", "2000-0", "3000-0", "3000-1", "3000-2", "4000-0"] as const;
const { log } = recordingLog();
const redisOfFile = useTestRedis();

let key: ConsumerKey;
beforeEach(() => {
  key = { stream: redisOfFile.streamKey(), group: "workers", consumer: "worker-1" };
});

async function readAs(group: string, entriesMax: number): Promise<readonly string[]> {
  await ensureGroup(redisOfFile.redis, { ...key, group }, log);
  const options = { entriesMax, blockMs: 1 };
  const { entries } = await readNew(redisOfFile.redis, { ...key, group }, options);
  return entries.map(({ id }) => id);
}

async function processAs(group: string, entriesMax: number): Promise<void> {
  const ids = await readAs(group, entriesMax);
  await acknowledge(redisOfFile.redis, { ...key, group }, ids);
}

async function trim(entries: number, group = "workers", sinceMs = 0): Promise<number> {
  return await trimProcessed(redisOfFile.redis, { ...key, group }, { entries, sinceMs });
}

describe("trimProcessed", () => {
  test("removes nothing without a stream", async () => {
    expect(await trim(0)).toBe(0);
    expect(await redisOfFile.redis.exists(key.stream)).toBe(0);
  });

  test("removes nothing without a group", async () => {
    await appendEntries(redisOfFile.redis, key.stream, IDS);
    expect(await trim(0)).toBe(0);
    expect(await idsOf(redisOfFile.redis, key.stream)).toEqual([...IDS]);
  });

  test("removes nothing while its own group is missing", async () => {
    await appendEntries(redisOfFile.redis, key.stream, IDS);
    await processAs("another", 10);
    expect(await trim(0)).toBe(0);
    expect(await idsOf(redisOfFile.redis, key.stream)).toEqual([...IDS]);
  });

  test("removes nothing while a group has read nothing", async () => {
    await appendEntries(redisOfFile.redis, key.stream, IDS);
    await processAs("workers", 10);
    await ensureGroup(redisOfFile.redis, { ...key, group: "late" }, log);
    expect(await trim(0)).toBe(0);
  });

  test("keeps the last delivered entry and all after it", async () => {
    await appendEntries(redisOfFile.redis, key.stream, IDS);
    await processAs("workers", 4);
    expect(await trim(0)).toBe(3);
    expect(await idsOf(redisOfFile.redis, key.stream)).toEqual(IDS.slice(3));
  });

  test("keeps everything from the oldest pending entry on", async () => {
    await appendEntries(redisOfFile.redis, key.stream, IDS);
    const ids = await readAs("workers", 10);
    await acknowledge(redisOfFile.redis, key, [ids[0] ?? "", ...ids.slice(2)]);
    expect(await trim(0)).toBe(1);
    expect(await idsOf(redisOfFile.redis, key.stream)).toEqual(IDS.slice(1));
  });

  test("keeps entries that a second group needs", async () => {
    await appendEntries(redisOfFile.redis, key.stream, IDS);
    await processAs("workers", 10);
    await processAs("other", 2);
    expect(await trim(0)).toBe(1);
    await readAs("other", 2);
    expect(await trim(0)).toBe(1);
    expect(await idsOf(redisOfFile.redis, key.stream)).toEqual(IDS.slice(2));
  });

  test("keeps the newest entries that are retained", async () => {
    await appendEntries(redisOfFile.redis, key.stream, IDS);
    await processAs("workers", 10);
    expect(await trim(IDS.length + 1)).toBe(0);
    expect(await trim(IDS.length)).toBe(0);
    expect(await trim(2)).toBe(4);
    expect(await idsOf(redisOfFile.redis, key.stream)).toEqual(IDS.slice(4));
    expect(await trim(2)).toBe(0);
  });

  test.each([
    [10, 3_000, IDS.slice(2)],
    [2, 3_000, IDS.slice(4)],
    [10, 5_000, IDS.slice(5)],
    [10, 500, IDS],
  ])("keeps %d entries, none received before %d ms", async (entries, since, kept) => {
    await appendEntries(redisOfFile.redis, key.stream, IDS);
    await processAs("workers", 10);
    await trim(entries, "workers", since);
    expect(await idsOf(redisOfFile.redis, key.stream)).toEqual([...kept]);
  });

  test("keeps entries that a group needs, at any age", async () => {
    await appendEntries(redisOfFile.redis, key.stream, IDS);
    await readAs("workers", 10);
    expect(await trim(10, "workers", 9_000)).toBe(0);
  });

  test("compares sequence numbers beyond 2^53", async () => {
    const ids = ["7-18446744073709551613", "7-18446744073709551614", "7-18446744073709551615"];
    await appendEntries(redisOfFile.redis, key.stream, ids);
    await processAs("ahead", 10);
    await processAs("behind", 1);
    await readAs("behind", 1);
    await trim(0, "ahead");
    expect(await idsOf(redisOfFile.redis, key.stream)).toEqual(ids.slice(1));
  });

  test("keeps exactly the needed and the retained entries", async () => {
    const { redis } = redisOfFile;
    const groups = fc.array(
      fc.record({ read: fc.nat(12), acknowledged: fc.uniqueArray(fc.nat(11)) }),
      { minLength: 1, maxLength: 3 },
    );
    const property = fc.asyncProperty(groups, fc.nat(6), async (stands, retain) => {
      await redis.del(key.stream);
      const ids = await appendEntries(redis, key.stream, 12);
      const needed = new Set(ids.slice(ids.length - retain));
      for (const [index, { read, acknowledged }] of stands.entries()) {
        const group = `group-${index}`;
        const delivered = read === 0 ? [] : await readAs(group, read);
        await ensureGroup(redis, { ...key, group }, log);
        const done = acknowledged.flatMap((at) => delivered[at] ?? []);
        await acknowledge(redis, { ...key, group }, done);
        for (const id of ids) if (!done.includes(id)) needed.add(id);
      }
      await trim(retain, "group-0");
      const kept = await idsOf(redis, key.stream);
      expect(kept).toEqual(expect.arrayContaining([...needed]));
      // And no more than that, beyond one entry that marks a group's place: what it frees is bounded.
      const oldestNeeded = ids.findIndex((id) => needed.has(id));
      const expected = oldestNeeded === -1 ? 1 : ids.length - oldestNeeded + 1;
      expect(kept.length).toBeLessThanOrEqual(Math.max(expected, 1));
    });
    await fc.assert(property, { numRuns: 40 });
  }, 30_000);
});

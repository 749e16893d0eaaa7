import { beforeEach, describe, expect, test } from "bun:test";
import { claimIdle } from "../../src/stream/claim-idle.ts";
import { type ConsumerKey, readNew } from "../../src/stream/consumer-group.ts";
import { ensureGroup } from "../../src/stream/create-group.ts";
import { oldestPending } from "../../src/stream/inspect/pending-entries.ts";
import { eventually } from "../support/eventually.ts";
import { recordingLog } from "../support/recording-log.ts";
import { appendEntries, pendingOf } from "../support/stream-fixture.ts";
import { useTestRedis } from "../support/test-stream.ts";

const ALL = { entriesMax: 1_000, blockMs: 1 };
const redisOfFile = useTestRedis();

let gone: ConsumerKey;
let reclaimer: ConsumerKey;
beforeEach(async () => {
  gone = { stream: redisOfFile.streamKey(), group: "workers", consumer: "gone" };
  reclaimer = { ...gone, consumer: "reclaimer" };
  await ensureGroup(redisOfFile.redis, gone, recordingLog().log);
});

/** Takes over everything, page by page, as the reclaimer does. */
async function claimAll(entriesMax: number) {
  const pages = [];
  let cursor = "0-0";
  do {
    const page = await claimIdle(redisOfFile.redis, reclaimer, {
      claimIdleMs: 0,
      cursor,
      entriesMax,
    });
    pages.push(page);
    cursor = page.nextCursor;
  } while (cursor !== "0-0");
  return {
    ids: pages.flatMap(({ entryIds }) => entryIds),
    missingIds: pages.flatMap(({ missingIds }) => missingIds),
    pages: pages.length,
  };
}

describe("claimIdle", () => {
  test("returns every entry once over its pages", async () => {
    const { redis } = redisOfFile;
    const ids = await appendEntries(redis, gone.stream, 25);
    await readNew(redis, gone, ALL);
    const claimed = await claimAll(10);
    expect(claimed.ids).toEqual([...ids]);
    expect(claimed.pages).toBeGreaterThan(2);
    const owners = await redis.xpending(gone.stream, gone.group, "-", "+", 100, "reclaimer");
    expect(owners).toHaveLength(25);
  });

  test("returns nothing when nothing is pending", async () => {
    expect(await claimAll(10)).toEqual({ ids: [], missingIds: [], pages: 1 });
  });

  test("leaves recent entries alone", async () => {
    const { redis } = redisOfFile;
    await appendEntries(redis, gone.stream, 2);
    await readNew(redis, gone, ALL);
    const options = { claimIdleMs: 60_000, cursor: "0-0", entriesMax: 10 };
    const page = await claimIdle(redis, reclaimer, options);
    expect(page).toEqual({ entryIds: [], missingIds: [], nextCursor: "0-0" });
  });

  test("claims an entry that was idle for claimIdleMs", async () => {
    const { redis } = redisOfFile;
    await appendEntries(redis, gone.stream, 1);
    await readNew(redis, gone, ALL);
    const options = { claimIdleMs: 50, cursor: "0-0", entriesMax: 10 };
    const page = await eventually(async () => {
      const claimed = await claimIdle(redis, reclaimer, options);
      expect(claimed.entryIds).toHaveLength(1);
      return claimed;
    });
    expect(page.missingIds).toEqual([]);
  });

  test("returns deleted entries as missing and forgets them", async () => {
    const { redis } = redisOfFile;
    const ids = await appendEntries(redis, gone.stream, 6);
    await readNew(redis, gone, ALL);
    await redis.xdel(gone.stream, ...ids.slice(1, 5));
    const claimed = await claimAll(2);
    expect(claimed.ids).toEqual([ids[0], ids[5]] as string[]);
    expect(claimed.missingIds).toEqual(ids.slice(1, 5));
    expect(await pendingOf(redis, gone)).toBe(2);
  });

  test("claims the reclaimer's own entries", async () => {
    const { redis } = redisOfFile;
    const ids = await appendEntries(redis, gone.stream, 2);
    await readNew(redis, reclaimer, ALL);
    expect((await claimAll(10)).ids).toEqual([...ids]);
  });

  test("returns all as missing after a trim of everything", async () => {
    const { redis } = redisOfFile;
    await appendEntries(redis, gone.stream, 2);
    await readNew(redis, gone, ALL);
    await redis.xtrim(gone.stream, "MAXLEN", 0);
    const claimed = await claimAll(10);
    expect(claimed.ids).toEqual([]);
    expect(claimed.missingIds).toHaveLength(2);
  });

  test("does not count as a delivery", async () => {
    const { redis } = redisOfFile;
    const ids = await appendEntries(redis, gone.stream, 2);
    await readNew(redis, gone, ALL);
    await claimAll(10);
    await claimAll(10);
    expect(await oldestPending(redis, reclaimer, 10)).toMatchObject(
      ids.map((id) => ({ id, deliveries: 1 })),
    );
  });
});

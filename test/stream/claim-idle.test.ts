import { beforeEach, describe, expect, test } from "bun:test";
import { claimIdle } from "../../src/stream/claim-idle.ts";
import { type ConsumerKey, ensureGroup, readNew } from "../../src/stream/consumer-group.ts";
import { oldestPending } from "../../src/stream/inspect/pending-entries.ts";
import { eventually } from "../support/eventually.ts";
import { recordingLog } from "../support/recording-log.ts";
import { appendEntries, pendingOf } from "../support/stream-fixture.ts";
import { useTestRedis } from "../support/test-stream.ts";

const ALL = { entriesMax: 1_000, blockMs: 1 };
const redisOfFile = useTestRedis();

let dead: ConsumerKey;
let reclaimer: ConsumerKey;
beforeEach(async () => {
  dead = { stream: redisOfFile.streamKey(), group: "workers", consumer: "dead" };
  reclaimer = { ...dead, consumer: "reclaimer" };
  await ensureGroup(redisOfFile.redis, dead, recordingLog().log);
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
  test("claimIdle answers every entry once when pages are followed to 0-0", async () => {
    const { redis } = redisOfFile;
    const ids = await appendEntries(redis, dead.stream, 25);
    await readNew(redis, dead, ALL);
    const claimed = await claimAll(10);
    expect(claimed.ids).toEqual([...ids]);
    expect(claimed.pages).toBeGreaterThan(2);
    const owners = await redis.xpending(dead.stream, dead.group, "-", "+", 100, "reclaimer");
    expect(owners).toHaveLength(25);
  });

  test("claimIdle answers nothing and 0-0 when nothing is pending", async () => {
    expect(await claimAll(10)).toEqual({ ids: [], missingIds: [], pages: 1 });
  });

  test("claimIdle leaves entries alone when they have not been idle for long enough", async () => {
    const { redis } = redisOfFile;
    await appendEntries(redis, dead.stream, 2);
    await readNew(redis, dead, ALL);
    const options = { claimIdleMs: 60_000, cursor: "0-0", entriesMax: 10 };
    const page = await claimIdle(redis, reclaimer, options);
    expect(page).toEqual({ entryIds: [], missingIds: [], nextCursor: "0-0" });
  });

  test("claimIdle takes an entry when it has been idle for longer than claimIdleMs", async () => {
    const { redis } = redisOfFile;
    await appendEntries(redis, dead.stream, 1);
    await readNew(redis, dead, ALL);
    const options = { claimIdleMs: 50, cursor: "0-0", entriesMax: 10 };
    const page = await eventually(async () => {
      const claimed = await claimIdle(redis, reclaimer, options);
      expect(claimed.entryIds).toHaveLength(1);
      return claimed;
    });
    expect(page.missingIds).toEqual([]);
  });

  test("claimIdle answers the ids of entries as missing and forgets them when they were deleted", async () => {
    const { redis } = redisOfFile;
    const ids = await appendEntries(redis, dead.stream, 6);
    await readNew(redis, dead, ALL);
    await redis.xdel(dead.stream, ...ids.slice(1, 5));
    const claimed = await claimAll(2);
    expect(claimed.ids).toEqual([ids[0], ids[5]] as string[]);
    expect(claimed.missingIds).toEqual(ids.slice(1, 5));
    expect(await pendingOf(redis, dead)).toBe(2);
  });

  test("claimIdle takes over the reclaimer's own entries when it left them unacknowledged", async () => {
    const { redis } = redisOfFile;
    const ids = await appendEntries(redis, dead.stream, 2);
    await readNew(redis, reclaimer, ALL);
    expect((await claimAll(10)).ids).toEqual([...ids]);
  });

  test("claimIdle answers all when the stream itself was deleted and made again", async () => {
    const { redis } = redisOfFile;
    await appendEntries(redis, dead.stream, 2);
    await readNew(redis, dead, ALL);
    await redis.xtrim(dead.stream, "MAXLEN", 0);
    const claimed = await claimAll(10);
    expect(claimed.ids).toEqual([]);
    expect(claimed.missingIds).toHaveLength(2);
  });

  test("claimIdle is no delivery when it takes entries over", async () => {
    const { redis } = redisOfFile;
    const ids = await appendEntries(redis, dead.stream, 2);
    await readNew(redis, dead, ALL);
    await claimAll(10);
    await claimAll(10);
    expect(await oldestPending(redis, reclaimer, 10)).toMatchObject(
      ids.map((id) => ({ id, deliveries: 1 })),
    );
  });
});

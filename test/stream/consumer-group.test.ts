import { beforeEach, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { decodeEntry, encodeEntry } from "../../src/event/entry-codec.ts";
import {
  acknowledge,
  type ConsumerKey,
  readNew,
  readPending,
} from "../../src/stream/consumer-group.ts";
import { ensureGroup, isGroupMissing } from "../../src/stream/create-group.ts";
import { keepClaim } from "../../src/stream/keep-claim.ts";
import { closeRedisConnection } from "../../src/stream/redis/redis-connection.ts";
import { acceptedEvent } from "../support/arbitraries.ts";
import { eventually } from "../support/eventually.ts";
import { recordingLog } from "../support/recording-log.ts";
import { rejectionOf } from "../support/rejection-of.ts";
import { appendEntries, pendingOf } from "../support/stream-fixture.ts";
import { connected, useTestRedis } from "../support/test-stream.ts";

const ALL = { entriesMax: 100, blockMs: 1 };
const FROM_START = { afterId: "0", entriesMax: 100 };
const { log } = recordingLog();
const redisOfFile = useTestRedis();

let key: ConsumerKey;
beforeEach(() => {
  key = { stream: redisOfFile.streamKey(), group: "workers", consumer: "worker-1" };
});

describe("a group", () => {
  test("delivers what was appended before it is created", async () => {
    const { redis } = redisOfFile;
    const ids = await appendEntries(redis, key.stream, 3);
    await ensureGroup(redis, key, log);
    const { entries } = await readNew(redis, key, ALL);
    expect(entries.map(({ id }) => id)).toEqual([...ids]);
  });

  test("creates the stream with it", async () => {
    const { redis } = redisOfFile;
    await ensureGroup(redis, key, log);
    expect(await redis.type(key.stream)).toBe("stream");
  });

  test("is created and logged once", async () => {
    const { redis } = redisOfFile;
    const recorded = recordingLog();
    await ensureGroup(redis, key, recorded.log);
    await appendEntries(redis, key.stream, 2);
    await readNew(redis, key, { entriesMax: 1, blockMs: 1 });
    await Promise.all([1, 2, 3].map(async () => await ensureGroup(redis, key, recorded.log)));
    expect(recorded.records.map(({ sentence }) => sentence)).toEqual(["Consumer group created"]);
    expect(await pendingOf(redis, key)).toBe(1);
    expect((await readNew(redis, key, ALL)).entries).toHaveLength(1);
  });

  test("fails with stream_unavailable on another type of key", async () => {
    const { redis } = redisOfFile;
    await redis.set(key.stream, "text");
    const failed = ensureGroup(redis, key, log);
    expect(await rejectionOf(failed)).toMatchObject({
      code: "stream_unavailable",
      retryable: true,
    });
  });
});

describe("readNew", () => {
  test("delivers each entry to one of two consumers", async () => {
    const { redis } = redisOfFile;
    const ids = await appendEntries(redis, key.stream, 4);
    await ensureGroup(redis, key, log);
    const first = await readNew(redis, key, { entriesMax: 2, blockMs: 1 });
    const second = await readNew(redis, { ...key, consumer: "worker-2" }, ALL);
    expect([...first.entries, ...second.entries].map(({ id }) => id)).toEqual([...ids]);
  });

  test("returns nothing when no entry arrives in time", async () => {
    const { redis } = redisOfFile;
    await ensureGroup(redis, key, log);
    expect(await readNew(redis, key, ALL)).toEqual({ entries: [], missingIds: [] });
  });

  test("does not wait with blockMs 0", async () => {
    const { redis } = redisOfFile;
    await ensureGroup(redis, key, log);
    const read = readNew(redis, key, { entriesMax: 100, blockMs: 0 });
    expect(await read).toEqual({ entries: [], missingIds: [] });
  });

  test("returns an entry that arrives while it waits", async () => {
    const { redis } = redisOfFile;
    await ensureGroup(redis, key, log);
    const reader = await connected(redisOfFile.url, 5_000);
    const read = readNew(reader, key, { entriesMax: 100, blockMs: 5_000 });
    await eventually(async () => expect(await redis.client("LIST")).toMatch(/cmd=xreadgroup/));
    const ids = await appendEntries(redis, key.stream, 1);
    expect((await read).entries.map(({ id }) => id)).toEqual([...ids]);
    await closeRedisConnection(reader);
  });

  test("returns large and strange events unchanged", async () => {
    const { redis } = redisOfFile;
    await ensureGroup(redis, key, log);
    const sent = fc.sample(acceptedEvent(), { numRuns: 400, seed: 1 });
    const pipeline = redis.pipeline();
    for (const event of sent) {
      pipeline.call("XADD", key.stream, "*", ...encodeEntry(event));
    }
    await pipeline.exec();
    const { entries } = await readNew(redis, key, { entriesMax: 1_000, blockMs: 1 });
    const read = entries.map(({ flatFields }) => decodeEntry(flatFields, Date.now()));
    expect(read).toEqual(sent.map((event) => ({ kind: "event", event })));
  });

  test("fails as a missing group when the stream is deleted", async () => {
    const { redis } = redisOfFile;
    await ensureGroup(redis, key, log);
    const reader = await connected(redisOfFile.url, 5_000);
    const read = readNew(reader, key, { entriesMax: 1, blockMs: 5_000 });
    const failure = read.then(
      () => undefined,
      (error: unknown) => error,
    );
    await eventually(async () => expect(await redis.client("LIST")).toMatch(/cmd=xreadgroup/));
    await redis.del(key.stream);
    expect(isGroupMissing(await failure)).toBeTrue();
    await closeRedisConnection(reader);
  });
});

describe("isGroupMissing", () => {
  test("recognises a read without a group", async () => {
    const { redis } = redisOfFile;
    await appendEntries(redis, key.stream, 1);
    for (const read of [readNew(redis, key, ALL), readPending(redis, key, FROM_START)]) {
      const error = await rejectionOf(read);
      expect(error).toMatchObject({ code: "stream_unavailable" });
      expect(isGroupMissing(error)).toBeTrue();
    }
  });

  test("ignores other failures", () => {
    expect(isGroupMissing(undefined)).toBeFalse();
    expect(isGroupMissing(new Error("Command timed out"))).toBeFalse();
    expect(isGroupMissing(new Error("x", { cause: new Error("WRONGTYPE") }))).toBeFalse();
  });
});

describe("readPending", () => {
  test("returns this consumer's own pending entries", async () => {
    const { redis } = redisOfFile;
    const ids = await appendEntries(redis, key.stream, 4);
    await ensureGroup(redis, key, log);
    await readNew(redis, key, { entriesMax: 3, blockMs: 1 });
    await readNew(redis, { ...key, consumer: "worker-2" }, ALL);
    await acknowledge(redis, key, ids.slice(1, 2));
    const { entries } = await readPending(redis, key, FROM_START);
    expect(entries.map(({ id }) => id)).toEqual([ids[0], ids[2]] as string[]);
  });

  test("reads page by page", async () => {
    const { redis } = redisOfFile;
    const ids = await appendEntries(redis, key.stream, 5);
    await ensureGroup(redis, key, log);
    await readNew(redis, key, ALL);
    const pages: string[][] = [];
    for (let afterId = "0"; ; ) {
      const { entries } = await readPending(redis, key, { afterId, entriesMax: 2 });
      const last = entries.at(-1);
      if (last === undefined) break;
      pages.push(entries.map(({ id }) => id));
      afterId = last.id;
    }
    expect(pages.map((page) => page.length)).toEqual([2, 2, 1]);
    expect(pages.flat()).toEqual([...ids]);
  });

  test("returns deleted entries as missing", async () => {
    const { redis } = redisOfFile;
    const ids = await appendEntries(redis, key.stream, 3);
    await ensureGroup(redis, key, log);
    await readNew(redis, key, ALL);
    await redis.xdel(key.stream, ...ids.slice(1));
    const delivered = await readPending(redis, key, FROM_START);
    expect(delivered.entries.map(({ id }) => id)).toEqual(ids.slice(0, 1));
    expect(delivered.missingIds).toEqual(ids.slice(1));
    expect(await acknowledge(redis, key, delivered.missingIds)).toBe(2);
    expect(await pendingOf(redis, key)).toBe(1);
  });
});

describe("acknowledge", () => {
  test("returns how many were still pending", async () => {
    const { redis } = redisOfFile;
    const ids = await appendEntries(redis, key.stream, 3);
    await ensureGroup(redis, key, log);
    await readNew(redis, key, ALL);
    expect(await acknowledge(redis, key, ids.slice(0, 1))).toBe(1);
    expect(await acknowledge(redis, key, ids)).toBe(2);
    expect(await acknowledge(redis, key, ids)).toBe(0);
    expect(await acknowledge(redis, key, [])).toBe(0);
  });

  test("handles the largest batch, as keepClaim does", async () => {
    const { redis } = redisOfFile;
    await ensureGroup(redis, key, log);
    const append = `for i = 1, 50000 do redis.call('XADD', KEYS[1], '*', 'a', '1') end`;
    await redis.call("EVAL", append, 1, key.stream);
    const { entries } = await readNew(redis, key, { entriesMax: 50_000, blockMs: 1 });
    const ids = entries.map(({ id }) => id);
    await keepClaim(redis, key, ids);
    expect(await acknowledge(redis, key, ids)).toBe(50_000);
  }, 30_000);
});

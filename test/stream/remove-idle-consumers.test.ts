import { beforeEach, describe, expect, test } from "bun:test";
import {
  acknowledge,
  type ConsumerKey,
  readNew,
  readPending,
} from "../../src/stream/consumer-group.ts";
import { ensureGroup, isGroupMissing } from "../../src/stream/create-group.ts";
import { removeIdleConsumers } from "../../src/stream/remove-idle-consumers.ts";
import { eventually } from "../support/eventually.ts";
import { recordingLog } from "../support/recording-log.ts";
import { rejectionOf } from "../support/rejection-of.ts";
import { appendEntries, pendingOf } from "../support/stream-fixture.ts";
import { useTestRedis } from "../support/test-stream.ts";

const ALL = { entriesMax: 100, blockMs: 1 };
const { log } = recordingLog();
const redisOfFile = useTestRedis();

let key: ConsumerKey;
beforeEach(() => {
  key = { stream: redisOfFile.streamKey(), group: "workers", consumer: "worker-1" };
});

describe("removeIdleConsumers", () => {
  test("removes a consumer that was idle for longer", async () => {
    const { redis } = redisOfFile;
    const ids = await appendEntries(redis, key.stream, 2);
    await ensureGroup(redis, key, log);
    await readNew(redis, key, ALL);
    await acknowledge(redis, key, ids);
    await eventually(async () => {
      expect(await removeIdleConsumers(redis, key, 20)).toEqual(["worker-1"]);
    });
    expect(await redis.xinfo("CONSUMERS", key.stream, key.group)).toEqual([]);
  });

  test("keeps a consumer with pending entries", async () => {
    const { redis } = redisOfFile;
    const ids = await appendEntries(redis, key.stream, 2);
    await ensureGroup(redis, key, log);
    await readNew(redis, key, ALL);
    await acknowledge(redis, key, ids.slice(1));
    await redis.xgroup("CREATECONSUMER", key.stream, key.group, "idle");
    await eventually(async () => {
      expect(await removeIdleConsumers(redis, key, 20)).toEqual(["idle"]);
    });
    expect(await removeIdleConsumers(redis, key, -1)).toEqual([]);
    expect(await pendingOf(redis, key)).toBe(1);
    const { entries } = await readPending(redis, key, { afterId: "0", entriesMax: 10 });
    expect(entries.map(({ id }) => id)).toEqual(ids.slice(0, 1));
  });

  test("keeps a consumer that was idle for less", async () => {
    const { redis } = redisOfFile;
    await ensureGroup(redis, key, log);
    await readNew(redis, key, ALL);
    expect(await removeIdleConsumers(redis, key, 60_000)).toEqual([]);
  });

  test("removes nothing without a stream", async () => {
    expect(await removeIdleConsumers(redisOfFile.redis, key, 0)).toEqual([]);
  });

  test("fails as a missing group without one", async () => {
    const { redis } = redisOfFile;
    await appendEntries(redis, key.stream, 1);
    const error = await rejectionOf(removeIdleConsumers(redis, key, 0));
    expect(error).toMatchObject({ code: "stream_unavailable" });
    expect(isGroupMissing(error)).toBeTrue();
  });
});

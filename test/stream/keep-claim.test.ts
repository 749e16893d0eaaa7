import { beforeEach, expect, test } from "bun:test";
import { acknowledge, type ConsumerKey, readNew } from "../../src/stream/consumer-group.ts";
import { ensureGroup } from "../../src/stream/create-group.ts";
import { keepClaim } from "../../src/stream/keep-claim.ts";
import { isRefused } from "../../src/stream/redis/redis-call.ts";
import { eventually } from "../support/eventually.ts";
import { recordingLog } from "../support/recording-log.ts";
import { rejectionOf } from "../support/rejection-of.ts";
import { appendEntries, pendingOf } from "../support/stream-fixture.ts";
import { useTestRedis } from "../support/test-stream.ts";

const NOTHING = { lost: [], deleted: [] };
const ALL = { entriesMax: 100, blockMs: 1 };
const { log } = recordingLog();
const redisOfFile = useTestRedis();

let key: ConsumerKey;
beforeEach(async () => {
  key = { stream: redisOfFile.streamKey(), group: "workers", consumer: "worker-1" };
  await ensureGroup(redisOfFile.redis, key, log);
});

async function deliver(entries: number): Promise<readonly string[]> {
  const ids = await appendEntries(redisOfFile.redis, key.stream, entries);
  await readNew(redisOfFile.redis, key, ALL);
  return ids;
}

type PendingRow = [id: string, consumer: string, idleMs: number, deliveries: number];

async function pendingRows(): Promise<readonly PendingRow[]> {
  const { redis } = redisOfFile;
  return (await redis.xpending(key.stream, key.group, "-", "+", 100)) as PendingRow[];
}

test("resets the idle time and keeps the delivery count", async () => {
  const { redis } = redisOfFile;
  const ids = await deliver(2);
  const aged = async () => await redis.xpending(key.stream, key.group, "IDLE", 50, "-", "+", 10);
  await eventually(async () => expect(await aged()).toHaveLength(2));
  expect(await keepClaim(redis, key, ids.slice(0, 1))).toEqual(NOTHING);
  const rows = await pendingRows();
  expect(rows.map(([, , , deliveries]) => deliveries)).toEqual([1, 1]);
  expect(rows[0]?.[2]).toBeLessThan(rows[1]?.[2] ?? 0);
});

test("returns entries that others own and leaves them", async () => {
  const { redis } = redisOfFile;
  const ids = await deliver(5);
  const [kept, taken, finished, deleted] = ids;
  await redis.xclaim(key.stream, key.group, "other", 0, taken ?? "", finished ?? "");
  await acknowledge(redis, key, ids.slice(2, 3));
  await redis.xdel(key.stream, deleted ?? "");
  // Not of this batch, and pending for the same consumer.
  const batch = [kept, taken, finished, deleted].map(String);
  expect(await keepClaim(redis, key, batch)).toEqual({
    lost: [String(taken), String(finished)],
    deleted: [String(deleted)],
  });
  expect((await pendingRows()).map(([id, consumer]) => [id, consumer])).toEqual([
    [String(kept), key.consumer],
    [String(taken), "other"],
    [String(ids[4]), key.consumer],
  ]);
  expect(await keepClaim(redis, key, [])).toEqual(NOTHING);
});

test("reports nothing lost after the group is created again", async () => {
  const { redis } = redisOfFile;
  const ids = await deliver(2);
  await redis.xgroup("DESTROY", key.stream, key.group);
  expect(isRefused(await rejectionOf(keepClaim(redis, key, ids)))).toBe(false);
  await ensureGroup(redis, key, log);
  expect(await keepClaim(redis, key, ids)).toEqual(NOTHING);
  expect(await pendingOf(redis, key)).toBe(0);
});

test.each([
  ["an older copy never delivered", 0],
  ["an older copy lacks before newer ones", 3],
])("reports no entries lost that %s", async (_, newer) => {
  const { redis } = redisOfFile;
  const ids = await deliver(2);
  const copy = await redis.dumpBuffer(key.stream);
  const inHand = await deliver(2);
  await redis.restore(key.stream, 0, copy, "REPLACE");
  await deliver(newer);
  expect(await keepClaim(redis, key, [...ids, ...inHand])).toEqual(NOTHING);
});

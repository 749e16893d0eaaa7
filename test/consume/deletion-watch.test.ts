import { beforeEach, describe, expect, test } from "bun:test";
import { DeletionWatch } from "../../src/consume/deletion-watch.ts";
import { ensureGroup, readNew } from "../../src/stream/consumer-group.ts";
import { trimProcessed } from "../../src/stream/trim.ts";
import { recordingLog } from "../support/recording-log.ts";
import { storingMetrics } from "../support/storing-metrics.ts";
import { appendEntries } from "../support/stream-fixture.ts";
import { useTestRedis } from "../support/test-stream.ts";

const redisOfFile = useTestRedis();
const MISSING = "queueflow_entries_missing_total";

let key = { stream: "", group: "workers", consumer: "worker-1" };

async function deliver(entries: number): Promise<void> {
  const { redis } = redisOfFile;
  await readNew(redis, key, { entriesMax: entries, blockMs: 1 });
}

/** A watch as a thread has it from its start. */
function newWatch() {
  const { log, records } = recordingLog();
  const { metrics, read } = storingMetrics();
  const watch = new DeletionWatch({ redis: redisOfFile.redis, key, log, metrics });
  return { watch, records, missing: async () => (await read()).value(MISSING) };
}

beforeEach(async () => {
  key = { ...key, stream: redisOfFile.streamKey() };
  await ensureGroup(redisOfFile.redis, key, recordingLog().log);
});

describe("look", () => {
  test("look says once, with their number, that entries were trimmed before they were delivered", async () => {
    const { redis } = redisOfFile;
    const { watch, records, missing } = newWatch();
    await appendEntries(redis, key.stream, 20);
    await deliver(5);
    await watch.look();
    expect(records).toEqual([]);
    await redis.xtrim(key.stream, "MAXLEN", 5);
    for (let times = 1; times <= 2; times += 1) await watch.look();
    expect(records).toMatchObject([{ level: "error", fields: { entries: 10 } }]);
    await redis.xtrim(key.stream, "MAXLEN", 3);
    await watch.look();
    expect(records.at(-1)?.fields).toMatchObject({ entries: 2 });
    await deliver(2);
    await watch.look();
    await deliver(100);
    await watch.look();
    expect(records).toHaveLength(2);
    expect(await missing()).toBe(12);
  });

  test("look says it of all that waited, and when the group has passed them since the last look", async () => {
    const { redis } = redisOfFile;
    const { watch, records } = newWatch();
    await appendEntries(redis, key.stream, 10);
    await deliver(4);
    await redis.xtrim(key.stream, "MAXLEN", 0);
    await watch.look();
    expect(records.at(-1)?.fields).toMatchObject({ entries: 6 });
    await appendEntries(redis, key.stream, 3);
    await redis.xtrim(key.stream, "MAXLEN", 1);
    await deliver(1);
    await watch.look();
    expect(records.at(-1)?.fields).toMatchObject({ entries: 2 });
    expect(records).toHaveLength(2);
  });

  test("look says once that entries were deleted by their ids before they were delivered", async () => {
    const { redis } = redisOfFile;
    const { watch, records } = newWatch();
    const ids = await appendEntries(redis, key.stream, 10);
    await deliver(2);
    await redis.xdel(key.stream, ids[0] ?? "");
    await watch.look();
    expect(records).toEqual([]);
    await redis.xdel(key.stream, ids[4] ?? "", ids[5] ?? "");
    for (let times = 1; times <= 2; times += 1) await watch.look();
    await deliver(100);
    await watch.look();
    expect(records).toMatchObject([{ level: "error", fields: { deletedId: ids[5] } }]);
  });

  test("look has nothing to say of what is trimmed after it was processed, nor of what an earlier life has told", async () => {
    const { redis } = redisOfFile;
    const { watch, records, missing } = newWatch();
    await watch.look();
    for (let batch = 1; batch <= 3; batch += 1) {
      await appendEntries(redis, key.stream, 10);
      await watch.look();
      const { entries } = await readNew(redis, key, { entriesMax: 10, blockMs: 1 });
      await redis.xack(key.stream, key.group, ...entries.map(({ id }) => id));
      await trimProcessed(redis, key, 0);
      await watch.look();
    }
    expect(records).toEqual([]);
    expect(await missing()).toBe(0);
    await appendEntries(redis, key.stream, 10);
    await redis.xtrim(key.stream, "MAXLEN", 4);
    await deliver(100);
    const next = newWatch();
    await next.watch.look();
    await appendEntries(redis, key.stream, 1);
    await next.watch.look();
    expect(next.records).toEqual([]);
  });

  test("look has nothing to say without a group, and of one that is made again", async () => {
    const { redis } = redisOfFile;
    const { watch, records } = newWatch();
    const ids = await appendEntries(redis, key.stream, 10);
    await deliver(6);
    await redis.xdel(key.stream, ids[3] ?? "");
    await watch.look();
    await redis.xgroup("DESTROY", key.stream, key.group);
    await watch.look();
    await redis.xtrim(key.stream, "MAXLEN", 3);
    await ensureGroup(redis, key, recordingLog().log);
    await watch.look();
    await deliver(1);
    await watch.look();
    expect(records).toEqual([]);
  });
});

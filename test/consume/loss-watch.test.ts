import { beforeEach, describe, expect, test } from "bun:test";
import { LossWatch, type LossWatchOptions } from "../../src/consume/watches/loss-watch.ts";
import { ensureGroup } from "../../src/stream/consumer-group.ts";
import { notedLosses } from "../../src/stream/inspect/loss-notes.ts";
import { watchKey } from "../../src/stream/inspect/stream-state.ts";
import { eventually } from "../support/eventually.ts";
import { recordingLog } from "../support/recording-log.ts";
import { storingMetrics } from "../support/storing-metrics.ts";
import { appendEntries } from "../support/stream-fixture.ts";
import { useTestRedis } from "../support/test-stream.ts";

const DAY_MS = 24 * 60 * 60 * 1_000;

const redisOfFile = useTestRedis();
let key = { stream: "", group: "workers" };

beforeEach(async () => {
  key = { ...key, stream: redisOfFile.streamKey() };
  await ensureGroup(redisOfFile.redis, key, recordingLog().log);
});

/** A watch as a process has it. */
function newWatch(options: Partial<LossWatchOptions> = {}) {
  const { redis } = redisOfFile;
  const { log, records } = recordingLog();
  const { metrics, read } = storingMetrics();
  const watch = new LossWatch({ redis, key, log, metrics, ...options });
  return {
    watch,
    records,
    missing: async () => (await read()).value("queueflow_entries_missing_total"),
  };
}

describe("LossWatch", () => {
  test("logs, counts and notes a loss once", async () => {
    const { redis } = redisOfFile;
    const { watch, records, missing } = newWatch();
    await appendEntries(redis, key.stream, 20);
    await watch.look();
    expect(records).toEqual([]);
    await redis.del(key.stream);
    for (let times = 1; times <= 2; times += 1) await watch.look();
    expect(records).toMatchObject([{ level: "error", fields: { entries: 20 } }]);
    expect(records[0]?.sentence).toContain("these events are lost");
    expect(await missing()).toBe(20);
    await eventually(async () => {
      const noted = await notedLosses(redis, key);
      expect(noted).toMatchObject([{ entries: 20, cause: "stream replaced" }]);
    });
    await redis.del(watchKey(key));
  });

  test("tells of a loss after the clock of Redis was set back", async () => {
    const { redis } = redisOfFile;
    const { watch, records } = newWatch();
    const setAhead = async (ms: number, changed: object = {}) => {
      const state = JSON.parse((await redis.hget(watchKey(key), "state")) ?? "");
      const { at, windowAt } = state;
      const moved = { ...state, ...changed, at: at + ms, windowAt: windowAt + ms };
      await redis.hset(watchKey(key), "state", JSON.stringify(moved));
    };
    await watch.look();
    await setAhead(DAY_MS, { window: 50 });
    await appendEntries(redis, key.stream, 20);
    await watch.look();
    await setAhead(-5_000);
    await watch.look();
    await redis.del(key.stream);
    await watch.look();
    expect(records).toMatchObject([{ level: "error", fields: { entries: 20 } }]);
    await redis.del(watchKey(key));
  });

  test("does not count what is stored all the same", async () => {
    const { redis } = redisOfFile;
    const { watch, records, missing } = newWatch({ countStored: async () => 15 });
    await appendEntries(redis, key.stream, 20);
    await watch.look();
    await redis.del(key.stream);
    await watch.look();
    expect(records).toMatchObject([{ level: "error", fields: { entries: 5 } }]);
    expect(await missing()).toBe(5);
    await redis.del(watchKey(key));
  });

  test("says nothing when all of it is stored", async () => {
    const { redis } = redisOfFile;
    const { watch, records } = newWatch({ countStored: async () => 20 });
    await appendEntries(redis, key.stream, 20);
    await watch.look();
    await redis.del(key.stream);
    await watch.look();
    expect(records).toEqual([]);
    await redis.del(watchKey(key));
  });

  test("counts all while PostgreSQL is away", async () => {
    const { redis } = redisOfFile;
    const countStored = async () => await Promise.reject(new Error("away"));
    const { watch, missing } = newWatch({ countStored });
    await appendEntries(redis, key.stream, 20);
    await watch.look();
    await redis.del(key.stream);
    await watch.look();
    expect(await missing()).toBe(20);
    await redis.del(watchKey(key));
  });

  test("sums what is lost soon after", async () => {
    const { redis } = redisOfFile;
    const { watch, records, missing } = newWatch();
    await appendEntries(redis, key.stream, 20);
    await watch.look();
    for (const left of [15, 10, 5]) {
      await redis.xtrim(key.stream, "MAXLEN", left);
      await watch.look();
    }
    await watch.flush();
    expect(records.map(({ fields }) => fields["entries"])).toEqual([5, 10]);
    expect(await missing()).toBe(15);
    await redis.del(watchKey(key));
  });

  test("goes on from what an earlier process has kept", async () => {
    const { redis } = redisOfFile;
    const first = newWatch();
    await appendEntries(redis, key.stream, 20);
    await first.watch.look();
    await redis.del(key.stream, watchKey(key));
    const { log, records } = recordingLog();
    const { metrics } = storingMetrics();
    const next = new LossWatch({ redis, key, log, metrics }, first.watch.known);
    await next.look();
    expect(records).toMatchObject([{ level: "error", fields: { entries: 20 } }]);
    await first.watch.look();
    expect(first.records).toEqual([]);
    await redis.del(watchKey(key));
  });

  test("says that it removed an expiry", async () => {
    const { redis } = redisOfFile;
    const { watch, records } = newWatch();
    await redis.expire(key.stream, 1_000);
    for (let times = 1; times <= 2; times += 1) await watch.look();
    expect(records).toMatchObject([{ level: "warn", fields: { stream: key.stream } }]);
    await redis.del(watchKey(key));
  });
});

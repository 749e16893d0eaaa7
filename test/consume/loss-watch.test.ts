import { beforeEach, describe, expect, test } from "bun:test";
import { LossWatch } from "../../src/consume/watches/loss-watch.ts";
import type { SavedStream } from "../../src/consume/watches/saved-stream.ts";
import { DAY_MS } from "../../src/event/day.ts";
import { ensureGroup } from "../../src/stream/create-group.ts";
import { notedLosses } from "../../src/stream/inspect/loss-notes.ts";
import type { StreamState } from "../../src/stream/inspect/stream-state.ts";
import { watchKey } from "../../src/stream/inspect/stream-state.ts";
import { eventually } from "../support/eventually.ts";
import { recordingLog } from "../support/recording-log.ts";
import { storingMetrics } from "../support/storing-metrics.ts";
import { appendEntries } from "../support/stream-fixture.ts";
import { useTestRedis } from "../support/test-stream.ts";

const redisOfFile = useTestRedis();
let key = { stream: "", group: "workers", consumer: "reclaimer" };

beforeEach(async () => {
  key = { ...key, stream: redisOfFile.streamKey() };
  await ensureGroup(redisOfFile.redis, key, recordingLog().log);
});

const NOTHING_STORED = { countStored: async () => 0 };

function newWatch(saved: Pick<SavedStream, "countStored"> = NOTHING_STORED, known?: StreamState) {
  const { redis } = redisOfFile;
  const { log, records } = recordingLog();
  const { metrics, read } = storingMetrics();
  const watch = new LossWatch({ redis, key, log, metrics }, saved, known);
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
    await watch.check();
    expect(records).toEqual([]);
    await redis.del(key.stream);
    for (let times = 1; times <= 2; times += 1) await watch.check();
    expect(records).toMatchObject([{ level: "error", fields: { entries: 20 } }]);
    expect(records[0]?.sentence).toContain("these events are lost");
    expect(await missing()).toBe(20);
    await eventually(async () => {
      const noted = await notedLosses(redis, key);
      expect(noted).toMatchObject([{ entries: 20, cause: "stream replaced" }]);
    });
    await redis.del(watchKey(key));
  });

  test("finds a loss after the clock of Redis was set back", async () => {
    const { redis } = redisOfFile;
    const { watch, records } = newWatch();
    const setAhead = async (ms: number, changed: object = {}) => {
      const state = JSON.parse((await redis.hget(watchKey(key), "state")) ?? "");
      const { at, windowAt } = state;
      const moved = { ...state, ...changed, at: at + ms, windowAt: windowAt + ms };
      await redis.hset(watchKey(key), "state", JSON.stringify(moved));
    };
    await watch.check();
    await setAhead(DAY_MS, { window: 50 });
    await appendEntries(redis, key.stream, 20);
    await watch.check();
    await setAhead(-5_000);
    await watch.check();
    await redis.del(key.stream);
    await watch.check();
    expect(records).toMatchObject([{ level: "error", fields: { entries: 20 } }]);
    await redis.del(watchKey(key));
  });

  test.each([
    ["only what is not stored", async () => 15, 5],
    ["nothing when everything is stored", async () => 20, 0],
    [
      "everything while PostgreSQL is away",
      async () => await Promise.reject(new Error("away")),
      20,
    ],
  ])("counts %s", async (_, countStored, lost) => {
    const { redis } = redisOfFile;
    const { watch, records, missing } = newWatch({ countStored });
    await appendEntries(redis, key.stream, 20);
    await watch.check();
    await redis.del(key.stream);
    await watch.check();
    const errors = records.filter(({ level }) => level === "error");
    expect(errors.map(({ fields }) => fields["entries"])).toEqual(lost === 0 ? [] : [lost]);
    expect(await missing()).toBe(lost);
    await redis.del(watchKey(key));
  });

  test("sums losses that follow soon after", async () => {
    const { redis } = redisOfFile;
    const { watch, records, missing } = newWatch();
    await appendEntries(redis, key.stream, 20);
    await watch.check();
    for (const left of [15, 10, 5]) {
      await redis.xtrim(key.stream, "MAXLEN", left);
      await watch.check();
    }
    await watch.flush();
    expect(records.map(({ fields }) => fields["entries"])).toEqual([5, 10]);
    expect(await missing()).toBe(15);
    await redis.del(watchKey(key));
  });

  test("continues from the state of an earlier process", async () => {
    const { redis } = redisOfFile;
    const first = newWatch();
    await appendEntries(redis, key.stream, 20);
    await first.watch.check();
    await redis.del(key.stream, watchKey(key));
    const next = newWatch(NOTHING_STORED, first.watch.known);
    await next.watch.check();
    expect(next.records).toMatchObject([{ level: "error", fields: { entries: 20 } }]);
    await first.watch.check();
    expect(first.records).toEqual([]);
    await redis.del(watchKey(key));
  });

  test("logs once that it removed an expiry", async () => {
    const { redis } = redisOfFile;
    const { watch, records } = newWatch();
    await redis.expire(key.stream, 1_000);
    for (let times = 1; times <= 2; times += 1) await watch.check();
    expect(records).toMatchObject([{ level: "warn", fields: { stream: key.stream } }]);
    await redis.del(watchKey(key));
  });
});

import { expect, test } from "bun:test";
import { TrimWatch } from "../../src/consume/watches/trim-watch.ts";
import { acknowledge, ensureGroup, readNew } from "../../src/stream/consumer-group.ts";
import { recordingLog } from "../support/recording-log.ts";
import { appendEntries } from "../support/stream-fixture.ts";
import { useTestRedis } from "../support/test-stream.ts";

const redisOfFile = useTestRedis();
const BATCH = { entriesMax: 100, blockMs: 1 };

test("look says once that another group holds half of the stream's room back, and once that none does", async () => {
  const { redis } = redisOfFile;
  const { log, records } = recordingLog();
  const own = { stream: redisOfFile.streamKey(), group: "workers", consumer: "worker-1" };
  const other = { ...own, group: "debug" };
  const watch = new TrimWatch({ redis, key: own, log, streamLengthMax: 20 });
  await watch.look();
  for (const key of [own, other]) await ensureGroup(redis, key, recordingLog().log);
  await appendEntries(redis, own.stream, 9);
  await watch.look();
  expect(records).toEqual([]);
  await appendEntries(redis, own.stream, 1);
  for (let times = 1; times <= 3; times += 1) await watch.look();
  expect(records).toMatchObject([{ level: "warn", fields: { group: "debug" } }]);
  const { entries } = await readNew(redis, other, BATCH);
  await watch.look();
  expect(records).toHaveLength(1);
  await acknowledge(
    redis,
    other,
    entries.map(({ id }) => id),
  );
  // The engine's own backlog is no other group's.
  await watch.look();
  expect(records.map(({ level }) => level)).toEqual(["warn", "info"]);
});

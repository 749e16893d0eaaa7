import { expect, test } from "bun:test";
import { watchTrimming } from "../../src/consume/watches/trim-watch.ts";
import { acknowledge, readNew } from "../../src/stream/consumer-group.ts";
import { ensureGroup } from "../../src/stream/create-group.ts";
import { recordingLog } from "../support/recording-log.ts";
import { appendEntries } from "../support/stream-fixture.ts";
import { useTestRedis } from "../support/test-stream.ts";

const redisOfFile = useTestRedis();
const BATCH = { entriesMax: 100, blockMs: 1 };

test("logs once that another group holds half of the stream, and once that none does", async () => {
  const { redis } = redisOfFile;
  const { log, records } = recordingLog();
  const own = { stream: redisOfFile.streamKey(), group: "workers", consumer: "worker-1" };
  const other = { ...own, group: "debug" };
  const check = watchTrimming({ redis, key: own, log }, { streamLengthMax: 20 });
  await check();
  for (const key of [own, other]) await ensureGroup(redis, key, recordingLog().log);
  await appendEntries(redis, own.stream, 9);
  await check();
  expect(records).toEqual([]);
  await appendEntries(redis, own.stream, 1);
  for (let times = 1; times <= 3; times += 1) await check();
  expect(records).toMatchObject([{ level: "warn", fields: { group: "debug" } }]);
  const { entries } = await readNew(redis, other, BATCH);
  await check();
  expect(records).toHaveLength(1);
  await acknowledge(
    redis,
    other,
    entries.map(({ id }) => id),
  );
  // The engine's own backlog does not count.
  await check();
  expect(records.map(({ level }) => level)).toEqual(["warn", "info"]);
});

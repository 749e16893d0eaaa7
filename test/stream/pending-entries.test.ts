import { beforeEach, describe, expect, test } from "bun:test";
import {
  acknowledge,
  type ConsumerKey,
  readNew,
  readPending,
} from "../../src/stream/consumer-group.ts";
import { ensureGroup } from "../../src/stream/create-group.ts";
import { oldestPending } from "../../src/stream/inspect/pending-entries.ts";
import { recordingLog } from "../support/recording-log.ts";
import { appendEntries } from "../support/stream-fixture.ts";
import { useTestRedis } from "../support/test-stream.ts";

const redisOfFile = useTestRedis();

let key: ConsumerKey;
beforeEach(async () => {
  key = { stream: redisOfFile.streamKey(), group: "workers", consumer: "worker-1" };
  await ensureGroup(redisOfFile.redis, key, recordingLog().log);
});

describe("oldestPending", () => {
  test("returns delivery counts, oldest first", async () => {
    const { redis } = redisOfFile;
    const ids = await appendEntries(redis, key.stream, 5);
    await readNew(redis, key, { entriesMax: 4, blockMs: 1 });
    await readNew(redis, { ...key, consumer: "other" }, { entriesMax: 1, blockMs: 1 });
    await readPending(redis, key, { afterId: "0", entriesMax: 2 });
    await acknowledge(redis, key, ids.slice(0, 1));
    const expected = [
      { id: ids[1], deliveries: 2 },
      { id: ids[2], deliveries: 1 },
      { id: ids[3], deliveries: 1 },
    ] as { id: string; deliveries: number }[];
    expect(await oldestPending(redis, key, 10)).toMatchObject(expected);
    expect(await oldestPending(redis, key, 2)).toMatchObject(expected.slice(0, 2));
  });

  test("returns nothing when nothing is pending", async () => {
    expect(await oldestPending(redisOfFile.redis, key, 10)).toEqual([]);
  });
});

import { beforeEach, describe, expect, test } from "bun:test";
import {
  acknowledge,
  type ConsumerKey,
  ensureGroup,
  readNew,
} from "../../src/stream/consumer-group.ts";
import { readBacklog } from "../../src/stream/inspect/read-backlog.ts";
import { LAST_ENTRY_ID } from "../../src/stream/stream-entry.ts";
import { trimProcessed } from "../../src/stream/trim.ts";
import { recordingLog } from "../support/recording-log.ts";
import { appendEntries } from "../support/stream-fixture.ts";
import { useTestRedis } from "../support/test-stream.ts";

const NOTHING = { entries: 0, oldestId: undefined, lagMs: 0 };
const IDS = ["1000-0", "2000-0", "3000-0", "4000-0", "5000-0"] as const;
const NOW_MS = 10_000;
const { log } = recordingLog();
const redisOfFile = useTestRedis();

let key: ConsumerKey;
beforeEach(() => {
  key = { stream: redisOfFile.streamKey(), group: "workers", consumer: "worker-1" };
});

async function read(entriesMax: number): Promise<readonly string[]> {
  const { entries } = await readNew(redisOfFile.redis, key, { entriesMax, blockMs: 1 });
  return entries.map(({ id }) => id);
}

async function backlog() {
  const { entries, oldestId, lagMs } = await readBacklog(redisOfFile.redis, key, NOW_MS);
  return { entries, oldestId, lagMs };
}

async function finished(): Promise<string> {
  return (await readBacklog(redisOfFile.redis, key, NOW_MS)).finished;
}

describe("readBacklog", () => {
  test("readBacklog answers nothing when there is no stream", async () => {
    expect(await backlog()).toEqual(NOTHING);
  });

  test("readBacklog answers nothing when the stream is empty", async () => {
    await ensureGroup(redisOfFile.redis, key, log);
    expect(await backlog()).toEqual(NOTHING);
  });

  test("readBacklog counts every entry from the oldest on when there is no group yet", async () => {
    await appendEntries(redisOfFile.redis, key.stream, IDS);
    expect(await backlog()).toEqual({ entries: 5, oldestId: "1000-0", lagMs: 9_000 });
  });

  test("readBacklog counts undelivered entries when nothing was read", async () => {
    await ensureGroup(redisOfFile.redis, key, log);
    await appendEntries(redisOfFile.redis, key.stream, IDS);
    expect(await backlog()).toEqual({ entries: 5, oldestId: "1000-0", lagMs: 9_000 });
  });

  test("readBacklog counts undelivered entries when the group was made after them", async () => {
    await appendEntries(redisOfFile.redis, key.stream, IDS);
    await ensureGroup(redisOfFile.redis, key, log);
    expect(await backlog()).toEqual({ entries: 5, oldestId: "1000-0", lagMs: 9_000 });
  });

  test("readBacklog counts pending entries when all were read", async () => {
    await ensureGroup(redisOfFile.redis, key, log);
    await appendEntries(redisOfFile.redis, key.stream, IDS);
    await read(10);
    expect(await backlog()).toEqual({ entries: 5, oldestId: "1000-0", lagMs: 9_000 });
    await acknowledge(redisOfFile.redis, key, [IDS[0], IDS[2]]);
    expect(await backlog()).toEqual({ entries: 3, oldestId: "2000-0", lagMs: 8_000 });
  });

  test("readBacklog adds pending and undelivered entries when some were read", async () => {
    await ensureGroup(redisOfFile.redis, key, log);
    await appendEntries(redisOfFile.redis, key.stream, IDS);
    await read(3);
    await acknowledge(redisOfFile.redis, key, [IDS[0]]);
    expect(await backlog()).toEqual({ entries: 4, oldestId: "2000-0", lagMs: 8_000 });
    await acknowledge(redisOfFile.redis, key, [IDS[1], IDS[2]]);
    expect(await backlog()).toEqual({ entries: 2, oldestId: "4000-0", lagMs: 6_000 });
  });

  test("readBacklog tells what was delivered from what was not when some were read", async () => {
    await ensureGroup(redisOfFile.redis, key, log);
    await appendEntries(redisOfFile.redis, key.stream, IDS);
    await read(3);
    const { entries, pending } = await readBacklog(redisOfFile.redis, key, NOW_MS);
    expect({ entries, pending }).toEqual({ entries: 5, pending: 3 });
  });

  test("readBacklog answers nothing when all is acknowledged", async () => {
    await ensureGroup(redisOfFile.redis, key, log);
    await appendEntries(redisOfFile.redis, key.stream, IDS);
    await acknowledge(redisOfFile.redis, key, await read(10));
    expect(await backlog()).toEqual(NOTHING);
  });

  test("readBacklog counts what is there when a middle entry was deleted and Redis knows no lag", async () => {
    await ensureGroup(redisOfFile.redis, key, log);
    await appendEntries(redisOfFile.redis, key.stream, IDS);
    await acknowledge(redisOfFile.redis, key, await read(1));
    await redisOfFile.redis.xdel(key.stream, IDS[2]);
    expect(await backlog()).toEqual({ entries: 3, oldestId: "2000-0", lagMs: 8_000 });
    await acknowledge(redisOfFile.redis, key, await read(10));
    expect(await backlog()).toEqual(NOTHING);
  });

  test("readBacklog answers nothing when every undelivered entry was deleted", async () => {
    await ensureGroup(redisOfFile.redis, key, log);
    await appendEntries(redisOfFile.redis, key.stream, IDS);
    await acknowledge(redisOfFile.redis, key, await read(3));
    await redisOfFile.redis.xdel(key.stream, IDS[3], IDS[4]);
    expect(await backlog()).toEqual(NOTHING);
  });

  test("readBacklog is the same when processed entries were trimmed", async () => {
    await ensureGroup(redisOfFile.redis, key, log);
    await appendEntries(redisOfFile.redis, key.stream, IDS);
    await acknowledge(redisOfFile.redis, key, (await read(3)).slice(0, 2));
    const before = await backlog();
    await trimProcessed(redisOfFile.redis, key, { entries: 0, sinceMs: 0 });
    expect(await backlog()).toEqual(before);
    await acknowledge(redisOfFile.redis, key, [IDS[2], ...(await read(10))]);
    expect(await backlog()).toEqual(NOTHING);
  });

  test("readBacklog counts what is there when a group is made again after a trim", async () => {
    await ensureGroup(redisOfFile.redis, key, log);
    await appendEntries(redisOfFile.redis, key.stream, IDS);
    await acknowledge(redisOfFile.redis, key, await read(3));
    await trimProcessed(redisOfFile.redis, key, { entries: 0, sinceMs: 0 });
    await redisOfFile.redis.xgroup("DESTROY", key.stream, key.group);
    await ensureGroup(redisOfFile.redis, key, log);
    expect(await backlog()).toEqual({ entries: 3, oldestId: "3000-0", lagMs: 7_000 });
    await acknowledge(redisOfFile.redis, key, await read(10));
    expect(await backlog()).toEqual(NOTHING);
  });

  test("readBacklog counts what is there when another program trimmed undelivered entries", async () => {
    await ensureGroup(redisOfFile.redis, key, log);
    await appendEntries(redisOfFile.redis, key.stream, IDS);
    await acknowledge(redisOfFile.redis, key, await read(1));
    await redisOfFile.redis.xtrim(key.stream, "MAXLEN", 2);
    expect(await backlog()).toEqual({ entries: 2, oldestId: "4000-0", lagMs: 6_000 });
    await acknowledge(redisOfFile.redis, key, await read(10));
    expect(await backlog()).toEqual(NOTHING);
  });

  test("readBacklog answers for its own group when there are several", async () => {
    await ensureGroup(redisOfFile.redis, key, log);
    await appendEntries(redisOfFile.redis, key.stream, IDS);
    await acknowledge(redisOfFile.redis, key, await read(10));
    await ensureGroup(redisOfFile.redis, { ...key, group: "other" }, log);
    expect(await backlog()).toEqual(NOTHING);
    const other = await readBacklog(redisOfFile.redis, { ...key, group: "other" }, NOW_MS);
    expect(other.entries).toBe(5);
  });

  test("readBacklog answers the length of the stream, with what was processed", async () => {
    await ensureGroup(redisOfFile.redis, key, log);
    await appendEntries(redisOfFile.redis, key.stream, IDS);
    await acknowledge(redisOfFile.redis, key, await read(2));
    expect((await readBacklog(redisOfFile.redis, key, NOW_MS)).length).toBe(5);
  });

  test("readBacklog answers another finished when an entry is acknowledged, and only then", async () => {
    await ensureGroup(redisOfFile.redis, key, log);
    await appendEntries(redisOfFile.redis, key.stream, IDS);
    const first = await read(1);
    const before = await finished();
    await appendEntries(redisOfFile.redis, key.stream, 1);
    expect(await finished()).toBe(before);
    const later = await read(10);
    expect(await finished()).toBe(before);
    await acknowledge(redisOfFile.redis, key, later.slice(0, 1));
    const after = await finished();
    expect(after).not.toBe(before);
    await acknowledge(redisOfFile.redis, key, first);
    expect(await finished()).not.toBe(after);
    // What is trimmed was finished before.
    const all = await finished();
    await trimProcessed(redisOfFile.redis, key, { entries: 0, sinceMs: 0 });
    expect(await finished()).toBe(all);
  });

  test("readBacklog answers what is pending when another program's entry has the last possible id", async () => {
    await ensureGroup(redisOfFile.redis, key, log);
    await appendEntries(redisOfFile.redis, key.stream, ["1000-0", LAST_ENTRY_ID]);
    expect(await backlog()).toEqual({ entries: 2, oldestId: "1000-0", lagMs: 9_000 });
    await read(2);
    expect(await backlog()).toEqual({ entries: 2, oldestId: "1000-0", lagMs: 9_000 });
    await acknowledge(redisOfFile.redis, key, ["1000-0", LAST_ENTRY_ID]);
    expect(await backlog()).toEqual(NOTHING);
  });

  test("readBacklog answers no negative age when this machine's clock is behind", async () => {
    await ensureGroup(redisOfFile.redis, key, log);
    await appendEntries(redisOfFile.redis, key.stream, ["20000-0"]);
    expect(await backlog()).toEqual({ entries: 1, oldestId: "20000-0", lagMs: 0 });
  });
});

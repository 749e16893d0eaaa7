import { beforeEach, describe, expect, test } from "bun:test";
import { acknowledge, type ConsumerKey, readNew } from "../../src/stream/consumer-group.ts";
import { ensureGroup } from "../../src/stream/create-group.ts";
import { readBacklog } from "../../src/stream/inspect/read-backlog.ts";
import { LAST_ENTRY_ID } from "../../src/stream/stream-entry.ts";
import { trimProcessed } from "../../src/stream/trim.ts";
import { recordingLog } from "../support/recording-log.ts";
import { appendEntries } from "../support/stream-fixture.ts";
import { useTestRedis } from "../support/test-stream.ts";

const IDS = ["1000-0", "2000-0", "3000-0", "4000-0", "5000-0"] as const;
const NOW_MS = 10_000;
const { log } = recordingLog();
const file = useTestRedis();

let key: ConsumerKey;
beforeEach(() => {
  key = { stream: file.streamKey(), group: "workers", consumer: "worker-1" };
});

const createGroup = async () => await ensureGroup(file.redis, key, log);
const append = async (ids: readonly string[] | number = IDS) =>
  await appendEntries(file.redis, key.stream, ids);
const finish = async (ids: readonly string[]) => await acknowledge(file.redis, key, ids);
const trim = async () => await trimProcessed(file.redis, key, { entries: 0, sinceMs: 0 });
const backlog = async () => await readBacklog(file.redis, key, NOW_MS);

async function deliver(entriesMax = 10): Promise<readonly string[]> {
  const { entries } = await readNew(file.redis, key, { entriesMax, blockMs: 1 });
  return entries.map(({ id }) => id);
}

/** A group with five entries. */
async function start(): Promise<void> {
  await createGroup();
  await append();
}

/** What happened, and the entries of the backlog, the delivered ones among them, and the id of the oldest. */
const CASES: readonly [
  title: string,
  happen: () => Promise<unknown>,
  entries: number,
  pending: number,
  oldestId: string | undefined,
][] = [
  ["there is no stream", async () => undefined, 0, 0, undefined],
  ["the stream is empty", createGroup, 0, 0, undefined],
  ["there is no group", append, 5, 0, IDS[0]],
  ["nothing was delivered", start, 5, 0, IDS[0]],
  [
    "the group was created after the entries",
    async () => {
      await append();
      await createGroup();
    },
    5,
    0,
    IDS[0],
  ],
  [
    "all was delivered",
    async () => {
      await start();
      await deliver();
    },
    5,
    5,
    IDS[0],
  ],
  [
    "some was acknowledged",
    async () => {
      await start();
      await deliver();
      await finish([IDS[0], IDS[2]]);
    },
    3,
    3,
    IDS[1],
  ],
  [
    "some was delivered",
    async () => {
      await start();
      await deliver(3);
      await finish([IDS[0]]);
    },
    4,
    2,
    IDS[1],
  ],
  [
    "what was delivered is acknowledged",
    async () => {
      await start();
      await finish(await deliver(3));
    },
    2,
    0,
    IDS[3],
  ],
  [
    "all is acknowledged",
    async () => {
      await start();
      await finish(await deliver());
    },
    0,
    0,
    undefined,
  ],
  [
    "XDEL took one, so that Redis knows no lag",
    async () => {
      await start();
      await finish(await deliver(1));
      await file.redis.xdel(key.stream, IDS[2]);
    },
    3,
    0,
    IDS[1],
  ],
  [
    "XDEL took all that was not delivered",
    async () => {
      await start();
      await finish(await deliver(3));
      await file.redis.xdel(key.stream, IDS[3], IDS[4]);
    },
    0,
    0,
    undefined,
  ],
  [
    "processed entries were trimmed",
    async () => {
      await start();
      await finish((await deliver(3)).slice(0, 2));
      await trim();
    },
    3,
    1,
    IDS[2],
  ],
  [
    "the group was created again after a trim",
    async () => {
      await start();
      await finish(await deliver(3));
      await trim();
      await file.redis.xgroup("DESTROY", key.stream, key.group);
      await createGroup();
    },
    3,
    0,
    IDS[2],
  ],
  [
    "undelivered entries were trimmed",
    async () => {
      await start();
      await finish(await deliver(1));
      await file.redis.xtrim(key.stream, "MAXLEN", 2);
    },
    2,
    0,
    IDS[3],
  ],
  [
    "another group is behind",
    async () => {
      await start();
      await finish(await deliver());
      await ensureGroup(file.redis, { ...key, group: "other" }, log);
    },
    0,
    0,
    undefined,
  ],
  [
    "the last possible id was delivered",
    async () => {
      await createGroup();
      await append(["1000-0", LAST_ENTRY_ID]);
      await deliver();
    },
    2,
    2,
    "1000-0",
  ],
];

describe("the backlog", () => {
  test.each(CASES)("when %s", async (_, happen, entries, pending, oldestId) => {
    await happen();
    const lagMs = oldestId === undefined ? 0 : NOW_MS - Number.parseInt(oldestId, 10);
    expect(await backlog()).toMatchObject({ entries, pending, oldestId, lagMs });
    await createGroup();
    const unfinished = await file.redis.xpending(key.stream, key.group, "-", "+", 100);
    await finish(unfinished.map((row) => String(Array.isArray(row) ? row[0] : row)));
    await finish(await deliver());
    expect(await backlog()).toMatchObject({ entries: 0, pending: 0, oldestId: undefined });
  });

  test("counts processed entries in the length", async () => {
    await start();
    await finish(await deliver(2));
    expect((await backlog()).length).toBe(5);
  });

  test("has another `finished` only when an entry is finished", async () => {
    const finished = async () => (await backlog()).finished;
    await start();
    const first = await deliver(1);
    const before = await finished();
    await append(1);
    expect(await finished()).toBe(before);
    const later = await deliver();
    expect(await finished()).toBe(before);
    await finish(later.slice(0, 1));
    const after = await finished();
    expect(after).not.toBe(before);
    await finish(first);
    expect(await finished()).not.toBe(after);
    const all = await finished();
    await trim();
    expect(await finished()).toBe(all);
  });

  test("has no negative age", async () => {
    await createGroup();
    await append(["20000-0"]);
    expect(await backlog()).toMatchObject({ entries: 1, oldestId: "20000-0", lagMs: 0 });
  });
});

import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { acknowledge, readNew } from "../../src/stream/consumer-group.ts";
import { createGroup } from "../../src/stream/create-group.ts";
import { checkStream } from "../../src/stream/inspect/check-stream.ts";
import { lostEntries } from "../../src/stream/inspect/lost-entries.ts";
import { readBacklog } from "../../src/stream/inspect/read-backlog.ts";
import { parseState, type StreamState, watchKey } from "../../src/stream/inspect/stream-state.ts";
import {
  closeRedisConnection,
  type RedisConnection,
} from "../../src/stream/redis/redis-connection.ts";
import { LAST_ENTRY_ID } from "../../src/stream/stream-entry.ts";
import { trimProcessed } from "../../src/stream/trim.ts";
import { eventually } from "../support/eventually.ts";
import { REDIS_VARIANTS, startVariant, type VariantServer } from "../support/redis-variants.ts";
import { appendEntries } from "../support/stream-fixture.ts";
import { connected } from "../support/test-stream.ts";

const TIMEOUT_MS = 120_000;
const KEY = { stream: "events", group: "workers", consumer: "worker-1" };

/** A server with the group, and what tests do to it. */
interface Bed {
  readonly server: VariantServer;
  readonly redis: RedisConnection;
  /** The ids of all appended entries. */
  readonly ids: string[];
  readonly append: (entries: number) => Promise<void>;
  /** Delivers entries and, unless told otherwise, acknowledges them. */
  readonly deliver: (entries: number, then?: "keep") => Promise<void>;
  /** Kills the server and starts it again. */
  readonly restart: (then?: "append-only file lost") => Promise<void>;
  readonly rewriteFile: () => Promise<void>;
}

async function openBed(program: string): Promise<Bed> {
  // Replicas do not wait for further replicas.
  const server = await startVariant(program, ["--repl-diskless-sync-delay", "0"]);
  const redis = await connected(server.url);
  const ids: string[] = [];
  return {
    server,
    redis,
    ids,
    append: async (entries) => {
      ids.push(...(await appendEntries(redis, KEY.stream, entries)));
    },
    deliver: async (entries, then) => {
      const read = await readNew(redis, KEY, { entriesMax: entries, blockMs: 0 });
      if (then === "keep") return;
      await acknowledge(
        redis,
        KEY,
        read.entries.map(({ id }) => id),
      );
    },
    restart: async (then) => {
      await server.kill(then);
      await server.start();
      await eventually(async () => await redis.ping());
    },
    rewriteFile: async () => {
      await redis.bgrewriteaof();
      await eventually(async () => {
        expect(await redis.info("persistence")).toMatch(/aof_rewrite_in_progress:0/);
        expect(await redis.info("persistence")).toMatch(/aof_rewrite_scheduled:0/);
      });
    },
  };
}

/** One process that checks the stream. */
function checker(redis: RedisConnection, known?: StreamState) {
  let state = known;
  return {
    get state() {
      return state;
    },
    /** Returns how many entries this check finds lost. */
    check: async (isThorough = false): Promise<number> => {
      const found = await checkStream(redis, KEY, { known: state, isThorough });
      state = found?.now ?? state;
      return found?.change === undefined ? 0 : lostEntries(found.change);
    },
  };
}

/** Makes the kept state as old as if nothing had been delivered for ten seconds. */
async function settle(redis: RedisConnection): Promise<void> {
  const state = parseState((await redis.hget(watchKey(KEY), "state")) ?? "");
  const older = { ...state, windowAt: state.windowAt - 10_000 };
  await redis.hset(watchKey(KEY), "state", JSON.stringify(older));
}

/** Two processes that have checked a stream to which nothing was delivered of late. */
async function settledCheckers({ redis }: Bed) {
  const checkers = [checker(redis), checker(redis)];
  for (const { check } of checkers) expect(await check()).toBe(0);
  await settle(redis);
  for (const { check } of checkers) expect(await check()).toBe(0);
  return checkers;
}

/** Entries not acknowledged, and the delivered ones among them. */
async function backlogOf(redis: RedisConnection): Promise<readonly [number, number]> {
  const { entries, pending } = await readBacklog(redis, KEY, Date.now());
  return [entries, pending];
}

async function trimAll({ redis }: Bed): Promise<void> {
  while ((await trimProcessed(redis, KEY, { entries: 0, sinceMs: 0 })) > 0);
}

/** Of 400 entries, 300 are not delivered. */
const LOSSES: readonly (readonly [string, number, (bed: Bed) => Promise<unknown>])[] = [
  ["FLUSHALL", 300, async ({ redis }) => await redis.flushall()],
  ["FLUSHDB", 300, async ({ redis }) => await redis.flushdb()],
  ["DEL", 300, async ({ redis }) => await redis.del(KEY.stream)],
  ["UNLINK", 300, async ({ redis }) => await redis.unlink(KEY.stream)],
  ["RENAME", 300, async ({ redis }) => await redis.rename(KEY.stream, "elsewhere")],
  ["an expiry", 300, async ({ redis }) => await redis.pexpireat(KEY.stream, 1)],
  ["XTRIM", 148, async ({ redis }) => await redis.xtrim(KEY.stream, "MAXLEN", 152)],
  ["XTRIM of all", 300, async ({ redis }) => await redis.xtrim(KEY.stream, "MAXLEN", 0)],
  ["XDEL", 2, async ({ redis, ids }) => await redis.xdel(KEY.stream, ...ids.slice(250, 252))],
  ["a lost append-only file", 300, async (bed) => await bed.restart("append-only file lost")],
  [
    "DEL before new events",
    300,
    async ({ redis, append }) => {
      await redis.del(KEY.stream);
      await append(50);
    },
  ],
  [
    "FLUSHALL after XGROUP SETID 0",
    300,
    async ({ redis }) => {
      await redis.xgroup("SETID", KEY.stream, KEY.group, "0");
      await checker(redis).check(true);
      await redis.flushall();
    },
  ],
  [
    "FLUSHALL before the group is created again",
    300,
    async ({ redis, append }) => {
      await redis.flushall();
      await append(500);
      await createGroup(redis, KEY);
    },
  ],
];

/** Takes no event away, though it may look like it. */
const HARMLESS: readonly (readonly [string, (bed: Bed) => Promise<unknown>])[] = [
  ["a restart", async ({ restart }) => await restart()],
  [
    "a rewritten append-only file",
    async ({ deliver, rewriteFile, restart }) => {
      await rewriteFile();
      await deliver(200);
      await restart();
    },
  ],
  [
    "a rewritten file, then a trim of processed entries",
    async (bed) => {
      await bed.rewriteFile();
      await bed.deliver(250);
      await trimAll(bed);
      await bed.restart();
    },
  ],
  [
    "a replayed append-only file",
    async ({ redis, deliver, rewriteFile }) => {
      await rewriteFile();
      await deliver(300);
      await redis.call("DEBUG", ["LOADAOF"]);
    },
  ],
  ["a reload", async ({ redis }) => await redis.call("DEBUG", ["RELOAD"])],
  [
    "a trim of processed entries",
    async (bed) => {
      await bed.deliver(250);
      await trimAll(bed);
    },
  ],
  [
    "XDEL of processed entries",
    async ({ redis, deliver, ids }) => {
      await deliver(250);
      await redis.xdel(KEY.stream, ...ids.slice(100, 200));
    },
  ],
  [
    "a group that is created again",
    async ({ redis }) => {
      await redis.xgroup("DESTROY", KEY.stream, KEY.group);
      await createGroup(redis, KEY);
    },
  ],
  [
    "a trim after the group is created again",
    async ({ redis, deliver }) => {
      await deliver(300);
      await redis.xgroup("DESTROY", KEY.stream, KEY.group);
      await createGroup(redis, KEY);
      await redis.xtrim(KEY.stream, "MAXLEN", 10);
    },
  ],
  ["XGROUP SETID 0", async ({ redis }) => await redis.xgroup("SETID", KEY.stream, KEY.group, "0")],
  [
    "another group",
    async ({ redis }) => {
      await redis.xgroup("CREATE", KEY.stream, "other", "0");
      await redis.xreadgroup("GROUP", "other", "c", "COUNT", 5, "STREAMS", KEY.stream, ">");
    },
  ],
  [
    "DEL when all is delivered",
    async ({ redis, deliver }) => {
      await deliver(300);
      await checker(redis).check();
      await redis.del(KEY.stream);
    },
  ],
  ["DEL of the kept state", async ({ redis }) => await redis.del(watchKey(KEY))],
];

describe.each(REDIS_VARIANTS)("on $name", ({ program = "" }) => {
  const on = test.skipIf(program === "");
  // Later servers count trimmed entries as read once the next one is delivered.
  const on70 = test.skipIf(program === "" || !isRedis70(program));
  let bed: Bed;
  beforeAll(async () => {
    if (program !== "") bed = await openBed(program);
  }, TIMEOUT_MS);
  beforeEach(async () => {
    if (program === "") return;
    await bed.redis.flushall();
    bed.ids.length = 0;
    await createGroup(bed.redis, KEY);
  });
  afterAll(async () => {
    if (program === "") return;
    await closeRedisConnection(bed.redis);
    await bed.server[Symbol.asyncDispose]();
  });

  on.each(LOSSES)(
    "%s is reported as a loss once",
    async (_, lost, take) => {
      await bed.append(100);
      await bed.deliver(98);
      await bed.deliver(2, "keep");
      await bed.append(300);
      const checkers = await settledCheckers(bed);
      await take(bed);
      let sum = 0;
      for (let round = 1; round <= 3; round += 1) {
        for (const { check } of checkers) sum += await check();
        await createGroup(bed.redis, KEY);
        await bed.append(20);
        await bed.deliver(1_000);
      }
      expect(sum).toBe(lost);
    },
    TIMEOUT_MS,
  );

  on("a group is set back after the last possible id", async () => {
    await bed.append(3);
    await bed.redis.xadd(KEY.stream, LAST_ENTRY_ID, "field", "value");
    await bed.deliver(4);
    const { check } = checker(bed.redis);
    await check();
    await bed.redis.xgroup("SETID", KEY.stream, KEY.group, "0");
    expect(await check()).toBe(0);
    expect(await check()).toBe(0);
  });

  on.each(HARMLESS)(
    "%s is no loss",
    async (_, happen) => {
      await bed.append(100);
      await bed.deliver(100);
      await bed.append(300);
      const checkers = await settledCheckers(bed);
      await happen(bed);
      for (let round = 1; round <= 3; round += 1) {
        for (const { check } of checkers) expect(await check()).toBe(0);
        await createGroup(bed.redis, KEY);
        await bed.append(20);
        await bed.deliver(150);
      }
      await bed.deliver(1_000);
      for (const { check } of checkers) expect(await check()).toBe(0);
      expect(await backlogOf(bed.redis)).toEqual([0, 0]);
    },
    TIMEOUT_MS,
  );

  on(
    "counts the backlog after a rewritten file is replayed",
    async () => {
      await bed.append(900);
      await bed.deliver(50);
      await bed.rewriteFile();
      await bed.deliver(250);
      const { check } = checker(bed.redis);
      await check();
      await bed.restart();
      // Too many to count in a usual check.
      expect(await check()).toBe(0);
      expect(await check(true)).toBe(0);
      expect(await backlogOf(bed.redis)).toEqual([600, 0]);
      await bed.deliver(550);
      expect(await backlogOf(bed.redis)).toEqual([50, 0]);
      await bed.deliver(50);
      expect(await backlogOf(bed.redis)).toEqual([0, 0]);
      await bed.redis.xtrim(KEY.stream, "MAXLEN", 500);
      expect(await check()).toBe(0);
    },
    TIMEOUT_MS,
  );

  on70("reports a trim although entries were delivered since", async () => {
    await bed.append(300);
    const { check } = checker(bed.redis);
    await check();
    await bed.redis.xtrim(KEY.stream, "MAXLEN", 100);
    await bed.deliver(60);
    expect(await check()).toBe(200);
    expect(await check()).toBe(0);
  });

  on("leaves out what was delivered in the seconds before", async () => {
    await bed.append(300);
    const { check } = checker(bed.redis);
    await check();
    await bed.deliver(100);
    await check();
    await bed.redis.flushall();
    expect(await check()).toBe(100);
  });

  on("counts what XDEL takes from a large backlog once", async () => {
    await bed.append(400);
    await bed.deliver(120);
    const { check } = checker(bed.redis);
    expect(await check(true)).toBe(0);
    await bed.redis.xdel(KEY.stream, ...bed.ids.slice(250, 260));
    expect([await check(), await check(), await check(true)]).toEqual([10, 0, 0]);
  });

  on(
    "reports a trim after a rewritten file is replayed",
    async () => {
      await bed.append(200);
      await bed.rewriteFile();
      await bed.deliver(100);
      const { check } = checker(bed.redis);
      await check();
      await bed.restart();
      await bed.append(10);
      await check();
      await bed.redis.xtrim(KEY.stream, "MAXLEN", 50);
      expect(await check()).toBe(60);
    },
    TIMEOUT_MS,
  );

  describe("after a failover", () => {
    let replica: VariantServer;
    let other: RedisConnection;
    beforeAll(async () => {
      if (program === "") return;
      replica = await startVariant(program);
      other = await connected(replica.url);
    }, TIMEOUT_MS);
    beforeEach(async () => {
      if (program !== "") await other.replicaof("127.0.0.1", Number(new URL(bed.server.url).port));
    });
    afterAll(async () => {
      if (program === "") return;
      await closeRedisConnection(other);
      await replica[Symbol.asyncDispose]();
    });

    on(
      "counts entries missing from an older copy",
      async () => {
        await bed.append(100);
        await bed.deliver(100);
        await bed.append(200);
        await eventually(async () => expect(await other.xlen(KEY.stream)).toBe(300));
        await other.replicaof("NO", "ONE");
        await bed.append(100);
        const [first] = await settledCheckers(bed);
        const onReplica = checker(other, first?.state);
        await appendEntries(other, KEY.stream, 40);
        expect(await onReplica.check()).toBe(100);
        expect(await backlogOf(other)).toEqual([240, 0]);
        expect(await onReplica.check()).toBe(0);
      },
      TIMEOUT_MS,
    );

    on(
      "a promoted replica continues without a loss",
      async () => {
        await bed.append(400);
        const before = checker(bed.redis);
        await before.check();
        await bed.deliver(250);
        await before.check();
        await eventually(async () => {
          expect(await other.xlen(KEY.stream)).toBe(400);
          expect((await other.xpending(KEY.stream, KEY.group))[0]).toBe(0);
        });
        await other.replicaof("NO", "ONE");
        expect(await checker(other, before.state).check(true)).toBe(0);
        expect(await backlogOf(other)).toEqual([150, 0]);
      },
      TIMEOUT_MS,
    );
  });

  on("removes an expiry of the stream", async () => {
    const check = async () =>
      await checkStream(bed.redis, KEY, { known: undefined, isThorough: false });
    expect(await check()).toMatchObject({ wasExpiring: false });
    await bed.redis.expire(KEY.stream, 1_000);
    expect(await check()).toMatchObject({ wasExpiring: true });
    expect(await bed.redis.ttl(KEY.stream)).toBe(-1);
  });
});

function isRedis70(program: string): boolean {
  return Bun.spawnSync([program, "--version"]).stdout.toString().includes(" v=7.0.");
}

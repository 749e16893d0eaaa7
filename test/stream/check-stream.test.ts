import { describe, expect, test } from "bun:test";
import { acknowledge, createGroup, readNew } from "../../src/stream/consumer-group.ts";
import { checkStream } from "../../src/stream/inspect/check-stream.ts";
import { lostEntries } from "../../src/stream/inspect/lost-entries.ts";
import { readBacklog } from "../../src/stream/inspect/read-backlog.ts";
import type { StreamState } from "../../src/stream/inspect/stream-state.ts";
import {
  closeRedisConnection,
  type RedisConnection,
} from "../../src/stream/redis/redis-connection.ts";
import { trimProcessed } from "../../src/stream/trim.ts";
import { eventually } from "../support/eventually.ts";
import { REDIS_VARIANTS, startVariant, type VariantServer } from "../support/redis-variants.ts";
import { appendEntries } from "../support/stream-fixture.ts";
import { connected } from "../support/test-stream.ts";

const TIMEOUT_MS = 60_000;
const KEY = { stream: "events", group: "workers", consumer: "worker-1" };

/** A server with the group, and what tests do to it. */
interface Bed {
  readonly server: VariantServer;
  readonly redis: RedisConnection;
  readonly ids: string[];
  /** Appends entries. */
  readonly append: (entries: number) => Promise<void>;
  /** Delivers entries and, unless told otherwise, acknowledges them. */
  readonly deliver: (entries: number, then?: "keep") => Promise<void>;
  /** Kills the server and starts it again. */
  readonly restart: (then?: "append-only file lost") => Promise<void>;
  readonly rewriteFile: () => Promise<void>;
}

async function onBed(program: string, work: (bed: Bed) => Promise<void>): Promise<void> {
  await using server = await startVariant(program);
  const redis = await connected(server.url);
  const ids: string[] = [];
  const ready = async () => await eventually(async () => await redis.ping());
  await createGroup(redis, KEY);
  try {
    await work({
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
        await ready();
      },
      rewriteFile: async () => {
        await redis.bgrewriteaof();
        await eventually(async () => {
          expect(await redis.info("persistence")).toMatch(/aof_rewrite_in_progress:0/);
          expect(await redis.info("persistence")).toMatch(/aof_rewrite_scheduled:0/);
        });
      },
    });
  } finally {
    await closeRedisConnection(redis);
  }
}

/** What one process sees, look by look. */
function watcher(redis: RedisConnection, known?: StreamState) {
  let state = known;
  return {
    get state() {
      return state;
    },
    /** How many entries are lost that nobody has told of. */
    look: async (isThorough = false): Promise<number> => {
      const look = await checkStream(redis, KEY, { known: state, isThorough });
      state = look?.now ?? state;
      return look?.change === undefined ? 0 : lostEntries(look.change);
    },
  };
}

/** Entries not yet acknowledged, and of these those delivered. */
async function backlogOf(redis: RedisConnection): Promise<readonly [number, number]> {
  const { entries, pending } = await readBacklog(redis, KEY, Date.now());
  return [entries, pending];
}

/** What leaves a stream that 300 of 400 entries are not delivered of, and how many are lost then. */
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
    "FLUSHALL before the group is made again",
    300,
    async ({ redis, append }) => {
      await redis.flushall();
      await append(500);
      await createGroup(redis, KEY);
    },
  ],
];

/** What takes no event away, though it looks like it. */
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
    "a rewritten append-only file, and a trim of what was processed",
    async ({ redis, deliver, rewriteFile, restart }) => {
      await rewriteFile();
      await deliver(250);
      while ((await trimProcessed(redis, KEY, { entries: 0, sinceMs: 0 })) > 0);
      await restart();
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
    "trimming what is processed",
    async ({ redis, deliver }) => {
      await deliver(250);
      while ((await trimProcessed(redis, KEY, { entries: 0, sinceMs: 0 })) > 0);
    },
  ],
  [
    "XDEL of what is processed",
    async ({ redis, deliver, ids }) => {
      await deliver(250);
      await redis.xdel(KEY.stream, ...ids.slice(100, 200));
    },
  ],
  [
    "a group made again",
    async ({ redis }) => {
      await redis.xgroup("DESTROY", KEY.stream, KEY.group);
      await createGroup(redis, KEY);
    },
  ],
  [
    "a group made again, and a trim of what was processed",
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
    "a stream that is deleted when all is delivered",
    async ({ redis, deliver }) => {
      await deliver(300);
      await watcher(redis).look();
      await redis.del(KEY.stream);
    },
  ],
  [
    "the kept state, deleted",
    async ({ redis }) => await redis.del(`${KEY.stream}:${KEY.group}:watch`),
  ],
];

describe.each(REDIS_VARIANTS)("on $name", ({ program = "" }) => {
  const on = test.skipIf(program === "");

  on.each(LOSSES)(
    "%s is one loss, whoever looks first",
    async (_, lost, take) => {
      await onBed(program, async (bed) => {
        await bed.append(100);
        await bed.deliver(98);
        await bed.deliver(2, "keep");
        await bed.append(300);
        const watchers = [watcher(bed.redis), watcher(bed.redis)];
        for (const one of watchers) expect(await one.look()).toBe(0);
        await settle(bed, watchers);
        await take(bed);
        let sum = 0;
        for (let round = 1; round <= 3; round += 1) {
          for (const one of watchers) sum += await one.look();
          await createGroup(bed.redis, KEY);
          await bed.append(20);
          await bed.deliver(1_000);
        }
        expect(sum).toBe(lost);
        expect(await backlogOf(bed.redis)).toEqual([expect.any(Number), expect.any(Number)]);
      });
    },
    TIMEOUT_MS,
  );

  on.each(HARMLESS)(
    "%s is no loss",
    async (_, happen) => {
      await onBed(program, async (bed) => {
        await bed.append(100);
        await bed.deliver(100);
        await bed.append(300);
        const watchers = [watcher(bed.redis), watcher(bed.redis)];
        for (const one of watchers) expect(await one.look()).toBe(0);
        await settle(bed, watchers);
        await happen(bed);
        for (let round = 1; round <= 3; round += 1) {
          for (const one of watchers) expect(await one.look()).toBe(0);
          await createGroup(bed.redis, KEY);
          await bed.append(20);
          await bed.deliver(150);
        }
        await bed.deliver(1_000);
        for (const one of watchers) expect(await one.look()).toBe(0);
        expect(await backlogOf(bed.redis)).toEqual([0, 0]);
      });
    },
    TIMEOUT_MS,
  );

  on(
    "counts the backlog right after a rewritten file was replayed",
    async () => {
      await onBed(program, async (bed) => {
        await bed.append(900);
        await bed.deliver(50);
        await bed.rewriteFile();
        await bed.deliver(250);
        const { look } = watcher(bed.redis);
        await look();
        await bed.restart();
        // Between too many entries to count in each look and the repair, it is bounded by what lies in the stream.
        expect(await look()).toBe(0);
        expect(await look(true)).toBe(0);
        expect(await backlogOf(bed.redis)).toEqual([600, 0]);
        await bed.deliver(550);
        expect(await backlogOf(bed.redis)).toEqual([50, 0]);
        await bed.deliver(50);
        expect(await backlogOf(bed.redis)).toEqual([0, 0]);
        await bed.redis.xtrim(KEY.stream, "MAXLEN", 500);
        expect(await look()).toBe(0);
      });
    },
    TIMEOUT_MS,
  );

  // Later servers count entries that were trimmed as read once the next is delivered.
  test.skipIf(program === "" || !isRedis70(program))(
    "tells of a trim although entries were delivered since",
    async () => {
      await onBed(program, async (bed) => {
        await bed.append(300);
        const { look } = watcher(bed.redis);
        await look();
        await bed.redis.xtrim(KEY.stream, "MAXLEN", 100);
        await bed.deliver(60);
        expect(await look()).toBe(200);
        expect(await look()).toBe(0);
      });
    },
    TIMEOUT_MS,
  );

  on(
    "counts what was deleted by its id in a large backlog once",
    async () => {
      await onBed(program, async (bed) => {
        await bed.append(400);
        await bed.deliver(120);
        const { look } = watcher(bed.redis);
        expect(await look(true)).toBe(0);
        await bed.redis.xdel(KEY.stream, ...bed.ids.slice(250, 260));
        expect([await look(), await look(), await look(true)]).toEqual([10, 0, 0]);
      });
    },
    TIMEOUT_MS,
  );

  on(
    "tells of a trim after such a restart",
    async () => {
      await onBed(program, async (bed) => {
        await bed.append(200);
        await bed.rewriteFile();
        await bed.deliver(100);
        const { look } = watcher(bed.redis);
        await look();
        await bed.restart();
        await bed.append(10);
        await look();
        await bed.redis.xtrim(KEY.stream, "MAXLEN", 50);
        expect(await look()).toBe(60);
      });
    },
    TIMEOUT_MS,
  );

  on(
    "counts what an older copy of the stream lacks",
    async () => {
      await using replica = await startVariant(program);
      await onBed(program, async (bed) => {
        const other = await connected(replica.url);
        await bed.append(100);
        await bed.deliver(100);
        await bed.append(200);
        const { port } = new URL(bed.server.url);
        await other.replicaof("127.0.0.1", Number(port));
        await eventually(async () => expect(await other.xlen(KEY.stream)).toBe(300));
        await other.replicaof("NO", "ONE");
        await bed.append(100);
        const watch = watcher(bed.redis);
        await watch.look();
        await settle(bed, [watch]);
        const onReplica = watcher(other, watch.state);
        await appendEntries(other, KEY.stream, 40);
        expect(await onReplica.look()).toBe(100);
        expect(await backlogOf(other)).toEqual([240, 0]);
        expect(await onReplica.look()).toBe(0);
        await closeRedisConnection(other);
      });
    },
    TIMEOUT_MS,
  );

  on(
    "has a promoted replica go on without a loss",
    async () => {
      await using replica = await startVariant(program);
      await onBed(program, async (bed) => {
        const other = await connected(replica.url);
        const { port } = new URL(bed.server.url);
        await other.replicaof("127.0.0.1", Number(port));
        await bed.append(400);
        const watch = watcher(bed.redis);
        await watch.look();
        await bed.deliver(250);
        await watch.look();
        await eventually(async () => {
          expect(await other.xlen(KEY.stream)).toBe(400);
          expect((await other.xpending(KEY.stream, KEY.group))[0]).toBe(0);
        });
        await other.replicaof("NO", "ONE");
        const onReplica = watcher(other, watch.state);
        expect(await onReplica.look(true)).toBe(0);
        expect(await backlogOf(other)).toEqual([150, 0]);
        await closeRedisConnection(other);
      });
    },
    TIMEOUT_MS,
  );

  on(
    "removes an expiry of the stream",
    async () => {
      await onBed(program, async ({ redis }) => {
        const look = async () =>
          await checkStream(redis, KEY, { known: undefined, isThorough: false });
        expect(await look()).toMatchObject({ wasExpiring: false });
        await redis.expire(KEY.stream, 1_000);
        expect(await look()).toMatchObject({ wasExpiring: true });
        expect(await redis.ttl(KEY.stream)).toBe(-1);
      });
    },
    TIMEOUT_MS,
  );
});

function isRedis70(program: string): boolean {
  return Bun.spawnSync([program, "--version"]).stdout.toString().includes(" v=7.0.");
}

/** Looks until nothing was delivered for two seconds of Redis's clock. */
async function settle({ redis }: Bed, watchers: readonly ReturnType<typeof watcher>[]) {
  await eventually(async () => {
    for (const one of watchers) await one.look();
    const look = await checkStream(redis, KEY, { known: undefined, isThorough: false });
    expect(look?.now).toMatchObject({ window: 0, lastWindow: 0 });
  });
}

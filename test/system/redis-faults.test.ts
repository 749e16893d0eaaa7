import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Answer, ask, sendEvent } from "../support/api-client.ts";
import { type Engine, startEngine } from "../support/engine.ts";
import type { EngineRecord } from "../support/engine-output.ts";
import {
  checkAllStored,
  type EngineServers,
  openEngineServers,
  untilDrained,
  untilMigrated,
} from "../support/engine-servers.ts";
import { eventually } from "../support/eventually.ts";
import { startLoad } from "../support/load.ts";
import { scrape } from "../support/metrics-samples.ts";
import { sampleBody } from "../support/sample-event.ts";
import { redisPid, suspend } from "../support/server-processes.ts";
import { ownRedis, SERVERS_START_TIMEOUT_MS } from "../support/servers.ts";
import { pendingOf } from "../support/stream-fixture.ts";
import { openTcpProxy, type TcpProxy, throughProxy } from "../support/tcp-proxy.ts";

const TIMEOUT_MS = 120_000;
const EVENTS_EACH = 100;
const GROUP_GONE = "The consumer group was gone: it was created again, at the stream's first entry";
const ENTRIES_GONE = "Entries were deleted from the stream before they were stored";
const NEVER_DELIVERED =
  "Entries were deleted from the stream before they were delivered: these events are lost";
const NOT_PENDING =
  "Stored entries were no longer pending: another consumer finished them too, or the group is gone";

const stack = new AsyncDisposableStack();
let servers: EngineServers;
let proxy: TcpProxy;
let engine: Engine;
/** Responses of the engine when it had started while Redis was away. */
let early: { readonly event: Answer; readonly ready: Answer };

/** Events of all tests, because they share a database. */
const accepted = new Set<string>();
const sent = new Set<string>();

beforeAll(async () => {
  const { redisUrl } = stack.use(await ownRedis());
  proxy = stack.use(openTcpProxy(redisUrl));
  servers = stack.use(await openEngineServers({ redisUrl }));
  proxy.mode = "refuse";
  const env = {
    ...servers.env,
    REDIS_URL: throughProxy(redisUrl, proxy),
    CLAIM_IDLE_MS: "1000",
    CONSUMER_WORKERS: "3",
  };
  engine = stack.use(await startEngine({ env }));
  const eventId = Bun.randomUUIDv7();
  early = {
    event: await sendEvent(engine, sampleBody({ event_id: eventId })),
    ready: await ask(engine, "/health/ready"),
  };
  proxy.mode = "pass";
  await untilAccepted(eventId);
  await untilMigrated(engine);
}, SERVERS_START_TIMEOUT_MS);
afterAll(async () => await stack.disposeAsync(), TIMEOUT_MS);

async function untilAccepted(eventId: string): Promise<void> {
  sent.add(eventId);
  await eventually(async () => {
    const { status, body } = await sendEvent(engine, sampleBody({ event_id: eventId }));
    expect({ status, id: body["event_id"] }).toEqual({ status: 202, id: eventId });
  });
  accepted.add(eventId);
}

async function send(events: number): Promise<void> {
  for (let number = 0; number < events; number += 1) await untilAccepted(Bun.randomUUIDv7());
}

async function checkStored(): Promise<void> {
  await checkAllStored(servers, { accepted, sent });
}

/** Returns a function that returns the records with a message that were logged since this call. */
function newRecords(): (msg: string) => readonly EngineRecord[] {
  const before = new Set(engine.output.records);
  return (msg) =>
    engine.output.records.filter((record) => record.msg === msg && !before.has(record));
}

test("starts without Redis, responds 503, then accepts", async () => {
  expect(early.event.status).toBe(503);
  expect(early.ready.status).toBe(503);
  await checkStored();
});

interface Fault {
  readonly name: string;
  readonly begin: () => unknown;
  readonly end: () => unknown;
  /** The error code; `stream_unavailable` by default. */
  readonly error?: string;
}

function proxyFault(name: string, mode: TcpProxy["mode"], isCut: "cut" | "kept"): Fault {
  return {
    name,
    begin: () => {
      proxy.mode = mode;
      if (isCut === "cut") proxy.cut();
    },
    end: () => {
      proxy.mode = "pass";
      if (mode === "swallow replies") proxy.cut();
    },
  };
}

function settingFault(
  name: string,
  setting: readonly [string, string, string],
  error?: string,
): Fault {
  const [option, faulty, normal] = setting;
  return {
    name,
    begin: async () => await servers.redis.config("SET", option, faulty),
    end: async () => await servers.redis.config("SET", option, normal),
    ...(error === undefined ? {} : { error }),
  };
}

let pid = 0;
async function suspendRedis(): Promise<void> {
  pid = await redisPid(servers.redis);
  await suspend(pid);
}

const FAULTS: readonly Fault[] = [
  proxyFault("Redis refuses connections", "refuse", "cut"),
  proxyFault("connections to Redis become half-open", "swallow all", "kept"),
  proxyFault("replies of Redis are lost", "swallow replies", "kept"),
  { name: "Redis is suspended", begin: suspendRedis, end: () => process.kill(pid, "SIGCONT") },
  { name: "Redis is killed", begin: suspendRedis, end: () => process.kill(pid, "SIGKILL") },
  settingFault("Redis is out of memory", ["maxmemory", "1", "0"], "stream_full"),
  settingFault(
    "Redis may evict the stream",
    ["maxmemory-policy", "allkeys-lru", "noeviction"],
    "redis_evicts",
  ),
  settingFault("Redis refuses writes", ["min-replicas-to-write", "1", "0"]),
];

describe("responds 503 and recovers when", () => {
  for (const { name, begin, end, error = "stream_unavailable" } of FAULTS) {
    test(
      name,
      async () => {
        await using load = startLoad({ url: () => engine.url, senders: 4 });
        await load.untilAccepted(EVENTS_EACH);
        const eventId = Bun.randomUUIDv7();
        const body = sampleBody({ event_id: eventId });
        sent.add(eventId);
        await begin();
        try {
          // The first may be accepted, like a request in flight.
          await eventually(async () => {
            const answer = await sendEvent(engine, body);
            expect(answer.status).toBe(503);
            expect(answer.headers.get("retry-after")).toBe("1");
            expect(answer.body).toEqual({
              error,
              message: expect.stringMatching(/^(Redis could not|Expected Redis to) /),
              retryable: true,
              event_id: eventId,
            });
          });
          const ready = await ask(engine, "/health/ready");
          expect(ready.status).toBe(503);
          expect(ready.body).toMatchObject({ error, retryable: true });
          expect((await ask(engine, "/health/live")).status).toBe(200);
        } finally {
          await end();
        }
        await untilAccepted(eventId);
        await load.untilAccepted(EVENTS_EACH);
        await load.stop();
        for (const id of load.accepted) accepted.add(id);
        for (const id of load.sent) sent.add(id);
        expect(new Set(load.statuses.keys()).difference(new Set([202, 503]))).toEqual(new Set());
        expect((await ask(engine, "/health/ready")).status).toBe(200);
        await checkStored();
      },
      TIMEOUT_MS,
    );
  }
});

test(
  "reports Redis as up while it is a replica",
  async () => {
    await using load = startLoad({ url: () => engine.url, senders: 2 });
    await load.untilAccepted(EVENTS_EACH);
    const before = proxy.connections;
    await servers.redis.replicaof("127.0.0.1", 1);
    try {
      // Each thread that writes leaves the replica once a second.
      while (proxy.connections < before + 30) {
        const { body } = await ask(engine, "/health");
        expect(body).toMatchObject({ redis: { up: true } });
      }
    } finally {
      await servers.redis.replicaof("NO", "ONE");
    }
    await load.untilAccepted(EVENTS_EACH);
    await load.stop();
    for (const id of load.accepted) accepted.add(id);
    for (const id of load.sent) sent.add(id);
    await checkStored();
  },
  TIMEOUT_MS,
);

async function destroyGroup(): Promise<void> {
  await servers.redis.xgroup("DESTROY", servers.key.stream, servers.key.group);
}

/** Runs `during` while a lock on `events` blocks the consumers, one of which has an entry. */
async function withPendingEntry(during: () => Promise<void>): Promise<void> {
  await servers.sql.begin(async (tx) => {
    await tx`LOCK TABLE events IN ACCESS EXCLUSIVE MODE`;
    await send(1);
    await eventually(async () => expect(await pendingOf(servers.redis, servers.key)).toBe(1));
    await during();
  });
}

const LOSSES_OF_GROUP: readonly (readonly [string, () => Promise<unknown>])[] = [
  ["the group is deleted", destroyGroup],
  ["the stream is deleted", async () => await servers.redis.del(servers.key.stream)],
  ["Redis is flushed", async () => await servers.redis.flushall()],
  [
    "the group is deleted under load",
    async () => {
      await destroyGroup();
      await send(20);
    },
  ],
];

describe("creates the group again, logs it once and stores when", () => {
  test.each(LOSSES_OF_GROUP)(
    "%s",
    async (_, remove) => {
      await send(20);
      await untilDrained(servers);
      const records = newRecords();
      await remove();
      await eventually(() => expect(records(GROUP_GONE)).toHaveLength(1));
      await send(20);
      await checkStored();
      expect(records(GROUP_GONE)).toHaveLength(1);
    },
    TIMEOUT_MS,
  );

  test(
    "Redis is flushed during a batch",
    async () => {
      const records = newRecords();
      await withPendingEntry(async () => {
        await servers.redis.flushall();
        await eventually(() => expect(records(GROUP_GONE)).toHaveLength(1));
      });
      const missed = await engine.output.record(NOT_PENDING);
      expect(missed).toMatchObject({ level: "warn", entries: 1, notPending: 1 });
      await send(5);
      await checkStored();
    },
    TIMEOUT_MS,
  );
});

test(
  "the reclaimer creates the group when no consumer does",
  async () => {
    await using own = await openEngineServers();
    const env = { ...own.env, CLAIM_IDLE_MS: "1000", CONSUMER_WORKERS: "0" };
    await using ingestOnly = await startEngine({ env });
    await own.redis.xgroup("DESTROY", own.key.stream, own.key.group);
    const record = await ingestOnly.output.record(GROUP_GONE);
    expect(record).toMatchObject({ level: "error", thread: "reclaimer" });
    expect(await own.redis.xinfo("GROUPS", own.key.stream)).toHaveLength(1);
  },
  TIMEOUT_MS,
);

test(
  "counts entries that were deleted while pending",
  async () => {
    const { redis, key } = servers;
    await send(1);
    await untilDrained(servers);
    const [newest] = await redis.xrevrange(key.stream, "+", "-", "COUNT", 1);
    const id = newest?.[0] ?? "";
    // As if it had been delivered to a consumer that is gone.
    await redis.xclaim(key.stream, key.group, "gone", 0, id, "FORCE", "JUSTID");
    await redis.xdel(key.stream, id);
    const record = await engine.output.record(ENTRIES_GONE);
    expect(record).toMatchObject({ level: "error", entries: 1 });
    await send(1);
    await checkStored();
  },
  TIMEOUT_MS,
);

test(
  "counts entries that were trimmed before delivery, once",
  async () => {
    await using own = await openEngineServers();
    const env = { ...own.env, CONSUMER_WORKERS: "1" };
    await using single = await startEngine({ env });
    await untilMigrated(single);
    const { redis, key, sql } = own;
    const sendOne = async () => {
      const answer = await sendEvent(single, sampleBody({ event_id: undefined }));
      expect(answer.status).toBe(202);
    };
    await sql.begin(async (tx) => {
      await tx`LOCK TABLE events IN ACCESS EXCLUSIVE MODE`;
      await sendOne();
      await eventually(async () => expect(await pendingOf(redis, key)).toBe(1));
      for (let times = 1; times <= 20; times += 1) await sendOne();
      await redis.xtrim(key.stream, "MAXLEN", 5);
      const record = await single.output.record(NEVER_DELIVERED);
      expect(record).toMatchObject({ level: "error", thread: "reclaimer", entries: 15 });
    });
    await untilDrained(own);
    const [row] = await sql`SELECT count(*)::int AS events FROM events`;
    expect(row?.["events"]).toBe(6);
    // The pending entry was trimmed too, and is stored. Metrics are up to a second old.
    await eventually(async () => {
      expect((await scrape(single)).value("queueflow_entries_missing_total")).toBe(15);
    });
    expect(single.output.records.filter(({ msg }) => msg === NEVER_DELIVERED)).toHaveLength(1);
  },
  TIMEOUT_MS,
);

describe("logs an outage and its end once per", () => {
  test(
    "ingest thread, with the error of Redis",
    async () => {
      const records = newRecords();
      await servers.redis.config("SET", "maxmemory", "1");
      for (let times = 1; times <= 30; times += 1) {
        expect((await sendEvent(engine, sampleBody())).status).toBe(503);
      }
      await servers.redis.config("SET", "maxmemory", "0");
      const began = await eventually(async () => {
        await send(1);
        const failed = records("Redis appends failed; events are refused with 503");
        const threads = new Set(failed.map(({ thread }) => thread));
        expect(threads.size).toBeGreaterThan(0);
        expect(failed).toHaveLength(threads.size);
        expect(records("Redis appends events again")).toHaveLength(threads.size);
        return failed;
      });
      expect(began[0]).toMatchObject({ level: "warn", error: expect.stringContaining("OOM") });
    },
    TIMEOUT_MS,
  );

  test(
    "consumer",
    async () => {
      const records = newRecords();
      const threadsOf = (msg: string) =>
        records(msg)
          .map(({ thread }) => thread)
          .toSorted();
      const readsRefused = async () => {
        const stats = await servers.redis.info("commandstats");
        return Number(/cmdstat_xreadgroup:.*rejected_calls=(\d+)/.exec(stats)?.[1]);
      };
      const refused = await readsRefused();
      await servers.redis.config("SET", "min-replicas-to-write", "1");
      await eventually(async () => expect(await readsRefused()).toBeGreaterThan(refused + 12));
      await servers.redis.config("SET", "min-replicas-to-write", "0");
      await eventually(() => {
        const began = threadsOf("Reading from the stream failed, retrying");
        expect(began.length).toBeGreaterThan(0);
        expect(began).toEqual([...new Set(began)]);
        expect(threadsOf("Reading from the stream works again")).toEqual(began);
      });
    },
    TIMEOUT_MS,
  );
});

test(
  "accepts every event when Redis drops its scripts",
  async () => {
    await using load = startLoad({ url: () => engine.url, senders: 4 });
    for (let times = 1; times <= 3; times += 1) {
      await load.untilAccepted(EVENTS_EACH);
      await servers.redis.script("FLUSH");
    }
    await load.untilAccepted(EVENTS_EACH);
    await load.stop();
    expect([...load.statuses.keys()]).toEqual([202]);
    for (const id of load.accepted) accepted.add(id);
    for (const id of load.sent) sent.add(id);
    await checkStored();
  },
  TIMEOUT_MS,
);

test(
  "responds 503 at STREAM_LENGTH_MAX and 202 below it",
  async () => {
    await using own = await openEngineServers();
    const env = { ...own.env, STREAM_LENGTH_MAX: "3", CLAIM_IDLE_MS: "1000" };
    await using full = await startEngine({ env });
    await untilMigrated(full);
    const ids = new Set<string>();
    await own.sql.begin(async (tx) => {
      await tx`LOCK TABLE events IN ACCESS EXCLUSIVE MODE`;
      for (let number = 1; number <= 3; number += 1) {
        const { status, body } = await sendEvent(full, sampleBody({ event_id: undefined }));
        expect(status).toBe(202);
        ids.add(String(body["event_id"]));
      }
      const refused = await sendEvent(full, sampleBody());
      const ready = await ask(full, "/health/ready");
      for (const answer of [refused, ready]) {
        expect(answer.status).toBe(503);
        expect(answer.body).toMatchObject({ error: "stream_full", retryable: true });
        expect(answer.headers.get("retry-after")).toBe("1");
      }
      expect(await own.redis.xlen(own.key.stream)).toBe(3);
    });
    await eventually(async () => {
      expect((await ask(full, "/health/ready")).status).toBe(200);
      expect((await sendEvent(full, sampleBody())).status).toBe(202);
    });
    ids.add(sampleBody().event_id);
    await checkAllStored(own, { accepted: ids, sent: ids });
  },
  TIMEOUT_MS,
);

test(
  "exits with 0 while Redis is down, and no thread fails",
  async () => {
    const { records } = engine.output;
    proxy.mode = "refuse";
    proxy.cut();
    expect(await engine.stop()).toBe(0);
    expect(records.filter(({ msg }) => msg.startsWith("Thread "))).toEqual([]);
    const errors = records.filter(({ level }) => level === "error");
    const expected = new Set([GROUP_GONE, ENTRIES_GONE]);
    const others = errors.filter(
      (record) => !expected.has(record.msg) && record["maxmemory-policy"] === undefined,
    );
    expect(others).toEqual([]);
  },
  TIMEOUT_MS,
);

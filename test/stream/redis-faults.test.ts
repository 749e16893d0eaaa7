import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { acknowledge, readNew } from "../../src/stream/consumer-group.ts";
import { ensureGroup } from "../../src/stream/create-group.ts";
import { Producer } from "../../src/stream/producer.ts";
import {
  closeRedisConnection,
  type RedisConnection,
  waitUntilReady,
} from "../../src/stream/redis/redis-connection.ts";
import { trimProcessed } from "../../src/stream/trim.ts";
import { eventually } from "../support/eventually.ts";
import { recordingLog } from "../support/recording-log.ts";
import { rejectionOf } from "../support/rejection-of.ts";
import { sampleEvent } from "../support/sample-event.ts";
import { redisPid, suspend } from "../support/server-processes.ts";
import { ownRedis, SERVERS_START_TIMEOUT_MS } from "../support/servers.ts";
import { openTcpProxy, type TcpProxy, throughProxy } from "../support/tcp-proxy.ts";
import { connected } from "../support/test-stream.ts";

const STREAM = "events_stream";
const KEY = { stream: STREAM, group: "workers", consumer: "worker-1" };
const BOUNDS = { stream: STREAM, streamLengthMax: 1_000_000, waitingEventsMax: 10 };
const UNAVAILABLE = { code: "stream_unavailable", retryable: true };
const OUT_OF_MEMORY = { code: "stream_full", retryable: true };
/** Each wait ends by the engine's own deadlines, long before this. */
const TIMEOUT_MS = 120_000;
const { log } = recordingLog();

let server: Awaited<ReturnType<typeof ownRedis>>;
let proxy: TcpProxy;
let admin: RedisConnection;
let redis: RedisConnection;
let producer: Producer;

beforeAll(async () => {
  server = await ownRedis();
  proxy = openTcpProxy(server.redisUrl);
  admin = await connected(server.redisUrl);
}, SERVERS_START_TIMEOUT_MS);
beforeEach(async () => {
  proxy.mode = "pass";
  await eventually(async () => await admin.flushall());
  redis = await connected(throughProxy(server.redisUrl, proxy), 100);
  producer = new Producer(redis, BOUNDS);
});
afterEach(async () => await closeRedisConnection(redis));
afterAll(async () => {
  await closeRedisConnection(admin);
  await proxy[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

async function append(): Promise<unknown> {
  return await producer.append([sampleEvent()]);
}

async function length(): Promise<number> {
  return await eventually(async () => await admin.xlen(STREAM));
}

/** Faults, how many of the failed appends Redis may have executed, and what ends the fault. */
const FAULTS: readonly [
  title: string,
  strike: () => Promise<unknown>,
  executed: readonly number[],
  heal: () => Promise<unknown>,
][] = [
  [
    "Redis is killed",
    async () => {
      const pid = await redisPid(admin);
      await suspend(pid);
      const failures = [rejectionOf(append()), rejectionOf(append())];
      await new Promise(setImmediate);
      process.kill(pid, "SIGKILL");
      for (const failure of failures) expect(await failure).toMatchObject(UNAVAILABLE);
    },
    [0],
    async () => undefined,
  ],
  [
    "Redis stops replying",
    async () => {
      stoppedPid = await redisPid(admin);
      await suspend(stoppedPid);
      // The first one is executed once Redis continues; the second one is not sent.
      for (let i = 1; i <= 2; i += 1) {
        expect(await rejectionOf(append())).toMatchObject(UNAVAILABLE);
      }
    },
    [0, 1],
    async () => process.kill(stoppedPid, "SIGCONT"),
  ],
  [
    "the reply is lost with the connection",
    async () => {
      proxy.mode = "swallow replies";
      const swallowed = proxy.swallowedReplyBytes;
      const failure = rejectionOf(append());
      await eventually(() => expect(proxy.swallowedReplyBytes).toBeGreaterThan(swallowed));
      await eventually(async () => expect(await admin.xlen(STREAM)).toBe(2));
      proxy.cut();
      expect(await failure).toMatchObject(UNAVAILABLE);
    },
    [1],
    async () => (proxy.mode = "pass"),
  ],
  [
    "the network drops everything",
    async () => {
      proxy.mode = "swallow all";
      expect(await rejectionOf(append())).toMatchObject(UNAVAILABLE);
    },
    [0],
    async () => (proxy.mode = "pass"),
  ],
  [
    "Redis is a replica",
    async () => {
      await admin.replicaof("127.0.0.1", 1);
      expect(await rejectionOf(append())).toMatchObject(UNAVAILABLE);
      expect(await rejectionOf(producer.checkAppend())).toMatchObject(UNAVAILABLE);
    },
    [0],
    async () => await admin.replicaof("NO", "ONE"),
  ],
];
let stoppedPid = 0;

describe("an append", () => {
  test.each(FAULTS)(
    "fails, is not repeated, and works again after %s",
    async (_, strike, executed, heal) => {
      await append();
      await strike();
      await heal();
      await eventually(append);
      const after = (await length()) - 2;
      expect(executed).toContain(after);
      await eventually(async () => await producer.checkAppend());
    },
    TIMEOUT_MS,
  );

  test(
    "fails at once and is not queued while Redis is down",
    async () => {
      proxy.mode = "refuse";
      proxy.cut();
      await eventually(() => expect(redis.status).not.toBe("ready"));
      for (let round = 1; round <= 5; round += 1) {
        const appends = Array.from({ length: BOUNDS.waitingEventsMax }, append);
        for (const outcome of await Promise.allSettled(appends)) {
          expect(outcome).toMatchObject({ status: "rejected", reason: UNAVAILABLE });
        }
      }
      // One that waited for the connection would be appended now.
      const refused = rejectionOf(append());
      proxy.mode = "pass";
      await waitUntilReady(redis, 10_000);
      expect(await refused).toMatchObject(UNAVAILABLE);
      expect(await length()).toBe(0);
    },
    TIMEOUT_MS,
  );

  test(
    "fails as a whole flush while Redis is out of memory",
    async () => {
      await admin.config("SET", "maxmemory", "1");
      expect(await rejectionOf(producer.checkAppend())).toMatchObject({
        ...OUT_OF_MEMORY,
        message: "Redis could not take events: it is out of memory",
      });
      const appends = Array.from({ length: BOUNDS.waitingEventsMax }, append);
      for (const outcome of await Promise.allSettled(appends)) {
        expect(outcome).toMatchObject({ status: "rejected", reason: OUT_OF_MEMORY });
      }
      await admin.config("SET", "maxmemory", "0");
      await producer.checkAppend();
      expect(await length()).toBe(0);
      await append();
    },
    TIMEOUT_MS,
  );

  test.each(["+OK", "$-1", ":1", "*0", "$3\r\nyes"])(
    "fails when another program replies %j",
    async (reply) => {
      using impostor = Bun.listen({
        hostname: "127.0.0.1",
        port: 0,
        socket: {
          data: (socket, bytes) => {
            // The client checks INFO before it is ready.
            const isInfo = bytes.toString().includes("info");
            socket.write(isInfo ? "$9\r\nloading:0\r\n" : `${reply}\r\n`);
          },
        },
      });
      const other = await connected(`redis://127.0.0.1:${impostor.port}`);
      const refused = new Producer(other, BOUNDS).append([sampleEvent()]);
      expect(await rejectionOf(refused)).toMatchObject(UNAVAILABLE);
      await closeRedisConnection(other);
    },
  );
});

test(
  "a read times out during packet loss, then works again",
  async () => {
    await ensureGroup(redis, KEY, log);
    const read = async () => await readNew(redis, KEY, { entriesMax: 10, blockMs: 100 });
    proxy.mode = "swallow all";
    expect(await rejectionOf(read())).toMatchObject(UNAVAILABLE);
    proxy.mode = "pass";
    expect(await eventually(read)).toEqual({ entries: [], missingIds: [] });
  },
  TIMEOUT_MS,
);

describe("while Redis is out of memory", () => {
  test("reading, acknowledging and trimming work", async () => {
    await ensureGroup(redis, KEY, log);
    await append();
    await append();
    await admin.config("SET", "maxmemory", "1");
    const { entries } = await readNew(redis, KEY, { entriesMax: 10, blockMs: 10 });
    const ids = entries.map(({ id }) => id);
    expect(await acknowledge(redis, KEY, ids)).toBe(2);
    expect(await trimProcessed(redis, KEY, { entries: 0, sinceMs: 0 })).toBe(1);
    await admin.config("SET", "maxmemory", "0");
  });

  test("an existing group is found, and a new one is stream_full", async () => {
    await ensureGroup(redis, KEY, log);
    await admin.config("SET", "maxmemory", "1");
    await ensureGroup(redis, KEY, log);
    const other = ensureGroup(redis, { ...KEY, group: "others" }, log);
    expect(await rejectionOf(other)).toMatchObject(OUT_OF_MEMORY);
    await admin.config("SET", "maxmemory", "0");
  });
});

import { describe, expect, test } from "bun:test";
import { errorText } from "../../src/errors.ts";
import { acknowledge, ensureGroup, readNew } from "../../src/stream/consumer-group.ts";
import { readServer } from "../../src/stream/inspect/read-server.ts";
import { Producer } from "../../src/stream/producer.ts";
import {
  closeRedisConnection,
  openRedisConnection,
  type RedisConnection,
  waitUntilReady,
} from "../../src/stream/redis/redis-connection.ts";
import { trimProcessed } from "../../src/stream/trim.ts";
import { eventually } from "../support/eventually.ts";
import { recordingLog } from "../support/recording-log.ts";
import { rejectionOf } from "../support/rejection-of.ts";
import { sampleEvent } from "../support/sample-event.ts";
import { redisPid } from "../support/server-processes.ts";
import { ownRedis } from "../support/servers.ts";
import { openTcpProxy, throughProxy } from "../support/tcp-proxy.ts";
import { connected, scriptsOf } from "../support/test-stream.ts";

const STREAM = "events_stream";
const BOUNDS = { stream: STREAM, streamLengthMax: 1_000_000, waitingEventsMax: 1_000 };
const UNAVAILABLE = { code: "stream_unavailable", retryable: true };
const OUT_OF_MEMORY = { code: "stream_full", retryable: true };
/** Nothing here may hang: each wait ends by the code's own deadlines, long before this. */
const TIMEOUT_MS = 30_000;

async function lengthOf(redis: RedisConnection): Promise<number> {
  return await eventually(async () => await redis.xlen(STREAM));
}

describe("Producer", () => {
  test(
    "append fails and nothing is sent again when Redis is killed with it in flight",
    async () => {
      await using server = await ownRedis();
      const redis = await connected(server.redisUrl);
      const producer = new Producer(await scriptsOf(redis), BOUNDS);
      await producer.append([sampleEvent()]);
      const pid = await redisPid(redis);
      process.kill(pid, "SIGSTOP");
      const inFlight = producer.append([sampleEvent()]);
      const waiting = producer.append([sampleEvent()]);
      await new Promise(setImmediate);
      process.kill(pid, "SIGKILL");
      expect(await rejectionOf(inFlight)).toMatchObject(UNAVAILABLE);
      expect(await rejectionOf(waiting)).toMatchObject(UNAVAILABLE);
      await eventually(async () => await producer.append([sampleEvent()]));
      expect(await lengthOf(redis)).toBe(2);
      await closeRedisConnection(redis);
    },
    TIMEOUT_MS,
  );

  test(
    "append fails by its deadline and works again when Redis is stopped and continued",
    async () => {
      await using server = await ownRedis();
      const redis = await connected(server.redisUrl);
      const producer = new Producer(await scriptsOf(redis), BOUNDS);
      const pid = await redisPid(redis);
      process.kill(pid, "SIGSTOP");
      expect(await rejectionOf(producer.append([sampleEvent()]))).toMatchObject(UNAVAILABLE);
      expect(await rejectionOf(producer.append([sampleEvent()]))).toMatchObject(UNAVAILABLE);
      process.kill(pid, "SIGCONT");
      const event = sampleEvent({ path: "/after" });
      await eventually(async () => await producer.append([event]));
      // The first may have been appended all the same: its outcome was unknown. The second was not sent.
      const stored = (await redis.xrange(STREAM, "-", "+")).map(([, fields]) => fields[7]);
      expect(stored.filter((path) => path === "/after")).toHaveLength(1);
      expect(stored.length).toBeLessThanOrEqual(2);
      await closeRedisConnection(redis);
    },
    TIMEOUT_MS,
  );

  test(
    "append fails and does not append twice when the reply is lost with the connection",
    async () => {
      await using server = await ownRedis();
      await using proxy = openTcpProxy(server.redisUrl);
      const redis = await connected(throughProxy(server.redisUrl, proxy));
      const producer = new Producer(await scriptsOf(redis), BOUNDS);
      await producer.append([sampleEvent()]);
      proxy.mode = "swallow replies";
      const appended = producer.append([sampleEvent()]);
      await eventually(() => expect(proxy.swallowedReplyBytes).toBeGreaterThan(0));
      proxy.mode = "pass";
      proxy.cut();
      expect(await rejectionOf(appended)).toMatchObject(UNAVAILABLE);
      expect(await lengthOf(redis)).toBe(2);
      await eventually(async () => await producer.append([sampleEvent()]));
      expect(await lengthOf(redis)).toBe(3);
      await closeRedisConnection(redis);
    },
    TIMEOUT_MS,
  );

  test(
    "append fails by its deadline and works again when the network swallows everything",
    async () => {
      await using server = await ownRedis();
      await using proxy = openTcpProxy(server.redisUrl);
      const redis = await connected(throughProxy(server.redisUrl, proxy));
      const producer = new Producer(await scriptsOf(redis), BOUNDS);
      proxy.mode = "swallow all";
      expect(await rejectionOf(producer.append([sampleEvent()]))).toMatchObject(UNAVAILABLE);
      proxy.mode = "pass";
      await eventually(async () => await producer.append([sampleEvent()]));
      expect(await lengthOf(redis)).toBe(1);
      await closeRedisConnection(redis);
    },
    TIMEOUT_MS,
  );

  test(
    "append fails at once and queues nothing when Redis is not connected",
    async () => {
      await using server = await ownRedis();
      await using proxy = openTcpProxy(server.redisUrl);
      const redis = await connected(throughProxy(server.redisUrl, proxy));
      const producer = new Producer(await scriptsOf(redis), { ...BOUNDS, waitingEventsMax: 10 });
      proxy.mode = "refuse";
      proxy.cut();
      await eventually(() => expect(redis.status).not.toBe("ready"));
      for (let round = 0; round < 5; round += 1) {
        const outcomes = await Promise.allSettled(
          Array.from({ length: 10 }, async () => await producer.append([sampleEvent()])),
        );
        for (const outcome of outcomes) {
          expect(outcome).toMatchObject({ status: "rejected", reason: UNAVAILABLE });
        }
      }
      // One that waited for the connection would be appended now.
      const refused = rejectionOf(producer.append([sampleEvent()]));
      proxy.mode = "pass";
      await waitUntilReady(redis, 10_000);
      expect(await refused).toMatchObject(UNAVAILABLE);
      expect(await lengthOf(redis)).toBe(0);
      await closeRedisConnection(redis);
    },
    TIMEOUT_MS,
  );

  test(
    "append fails, none of a flush is appended, and it works again when Redis was out of memory",
    async () => {
      await using server = await ownRedis();
      const redis = await connected(server.redisUrl);
      const producer = new Producer(await scriptsOf(redis), BOUNDS);
      await redis.config("SET", "maxmemory", "1");
      expect(await rejectionOf(producer.checkAppend())).toMatchObject({
        ...OUT_OF_MEMORY,
        message: "Redis could not take events: it is out of memory",
      });
      const outcomes = await Promise.allSettled(
        Array.from({ length: 20 }, async () => await producer.append([sampleEvent()])),
      );
      for (const outcome of outcomes) {
        expect(outcome).toMatchObject({ status: "rejected", reason: OUT_OF_MEMORY });
      }
      await redis.config("SET", "maxmemory", "0");
      await producer.checkAppend();
      expect(await lengthOf(redis)).toBe(0);
      await producer.append([sampleEvent()]);
      await closeRedisConnection(redis);
    },
    TIMEOUT_MS,
  );

  test(
    "append fails, whatever is answered, when something else stands in Redis's place",
    async () => {
      for (const reply of ["+OK", "$-1", ":1", "*0", "$3\r\nyes"]) {
        using impostor = Bun.listen({
          hostname: "127.0.0.1",
          port: 0,
          // To every command the same, and to the client's question whether it is ready what it must hear.
          socket: {
            data: (socket, bytes) => {
              const isInfo = bytes.toString().includes("info");
              socket.write(isInfo ? "$9\r\nloading:0\r\n" : `${reply}\r\n`);
            },
          },
        });
        const redis = await connected(`redis://127.0.0.1:${impostor.port}`);
        const producer = new Producer(await scriptsOf(redis), BOUNDS);
        expect(await rejectionOf(producer.append([sampleEvent()]))).toMatchObject(UNAVAILABLE);
        await closeRedisConnection(redis);
      }
    },
    TIMEOUT_MS,
  );

  test(
    "append fails and works again when Redis is a replica for a while",
    async () => {
      await using server = await ownRedis();
      const redis = await connected(server.redisUrl);
      const admin = await connected(server.redisUrl);
      const producer = new Producer(await scriptsOf(redis), BOUNDS);
      await admin.replicaof("127.0.0.1", 1);
      expect(await rejectionOf(producer.append([sampleEvent()]))).toMatchObject(UNAVAILABLE);
      expect(await rejectionOf(producer.checkAppend())).toMatchObject(UNAVAILABLE);
      await admin.replicaof("NO", "ONE");
      await eventually(async () => await producer.append([sampleEvent()]));
      await producer.checkAppend();
      await closeRedisConnection(admin);
      await closeRedisConnection(redis);
    },
    TIMEOUT_MS,
  );

  test(
    "trimProcessed works, and so do reading and acknowledging, when Redis is out of memory",
    async () => {
      await using server = await ownRedis();
      const redis = await connected(server.redisUrl);
      const producer = new Producer(await scriptsOf(redis), BOUNDS);
      const key = { stream: STREAM, group: "workers", consumer: "worker-1" };
      await ensureGroup(redis, key, recordingLog().log);
      await producer.append([sampleEvent()]);
      await producer.append([sampleEvent()]);
      await redis.config("SET", "maxmemory", "1");
      const { entries } = await readNew(redis, key, { entriesMax: 10, blockMs: 10 });
      const ids = entries.map(({ id }) => id);
      expect(await acknowledge(redis, key, ids)).toBe(2);
      expect(await trimProcessed(redis, key, { entries: 0, sinceMs: 0 })).toBe(1);
      await closeRedisConnection(redis);
    },
    TIMEOUT_MS,
  );
});

describe("readNew", () => {
  test(
    "readNew fails by its deadline and works again when the network swallows everything",
    async () => {
      await using server = await ownRedis();
      await using proxy = openTcpProxy(server.redisUrl);
      const redis = await connected(throughProxy(server.redisUrl, proxy), 100);
      const key = { stream: STREAM, group: "workers", consumer: "worker-1" };
      await ensureGroup(redis, key, recordingLog().log);
      proxy.mode = "swallow all";
      const read = readNew(redis, key, { entriesMax: 10, blockMs: 100 });
      expect(await rejectionOf(read)).toMatchObject(UNAVAILABLE);
      proxy.mode = "pass";
      const again = async () => await readNew(redis, key, { entriesMax: 10, blockMs: 100 });
      expect(await eventually(again)).toEqual({ entries: [], missingIds: [] });
      await closeRedisConnection(redis);
    },
    TIMEOUT_MS,
  );
});

describe("openRedisConnection", () => {
  test(
    "openRedisConnection says once that Redis went away and once that it is back",
    async () => {
      await using server = await ownRedis();
      await using proxy = openTcpProxy(server.redisUrl);
      const { log, records } = recordingLog();
      const url = throughProxy(server.redisUrl, proxy);
      const redis = openRedisConnection({ url, log, blockMs: 0 });
      await waitUntilReady(redis, 10_000);
      expect(records).toEqual([]);
      proxy.mode = "refuse";
      proxy.cut();
      const before = proxy.connections;
      await eventually(() => expect(proxy.connections).toBeGreaterThan(before + 3));
      proxy.mode = "pass";
      await waitUntilReady(redis, 10_000);
      expect(records.map(({ level, sentence }) => `${level}: ${sentence}`)).toEqual([
        "warn: Redis connection failed, retrying",
        "info: Redis connection is back",
      ]);
      expect(JSON.stringify(records)).not.toContain(new URL(server.redisUrl).password);
      await closeRedisConnection(redis);
    },
    TIMEOUT_MS,
  );

  test(
    "openRedisConnection connects when Redis comes up only later",
    async () => {
      await using server = await ownRedis();
      await using proxy = openTcpProxy(server.redisUrl);
      proxy.mode = "refuse";
      const url = throughProxy(server.redisUrl, proxy);
      const redis = openRedisConnection({ url, log: recordingLog().log, blockMs: 0 });
      await eventually(() => expect(proxy.connections).toBeGreaterThan(2));
      proxy.mode = "pass";
      await waitUntilReady(redis, 10_000);
      expect(await redis.ping()).toBe("PONG");
      await closeRedisConnection(redis);
    },
    TIMEOUT_MS,
  );

  test(
    "openRedisConnection leaves a server that has become a replica, and sends nothing again",
    async () => {
      await using server = await ownRedis();
      await using proxy = openTcpProxy(server.redisUrl);
      const admin = await connected(server.redisUrl);
      const redis = await connected(throughProxy(server.redisUrl, proxy));
      const before = proxy.connections;
      await admin.replicaof("127.0.0.1", 1);
      expect(errorText(await rejectionOf(redis.set("key", "lost")))).toStartWith("READONLY");
      await eventually(() => expect(proxy.connections).toBe(before + 1));
      await admin.replicaof("NO", "ONE");
      await waitUntilReady(redis, 10_000);
      expect(await redis.get("key")).toBeNull();
      expect(await redis.set("key", "kept")).toBe("OK");
      await closeRedisConnection(redis);
      await closeRedisConnection(admin);
    },
    TIMEOUT_MS,
  );

  test(
    "openRedisConnection logs in when user and password in the URL hold special characters",
    async () => {
      await using server = await ownRedis();
      const admin = await connected(server.redisUrl);
      const password = "p@ss:w/o?r#d%41+&=";
      await admin.acl("SETUSER", "odd:user", "on", `>${password}`, "~*", "+@all");
      const url = new URL(server.redisUrl);
      url.username = encodeURIComponent("odd:user");
      url.password = encodeURIComponent(password);
      const redis = await connected(url.href);
      expect(await redis.acl("WHOAMI")).toBe("odd:user");
      await closeRedisConnection(redis);
      await closeRedisConnection(admin);
    },
    TIMEOUT_MS,
  );
});

describe("ensureGroup", () => {
  test(
    "ensureGroup resolves when the group is there and Redis is out of memory, and fails when it is not",
    async () => {
      await using server = await ownRedis();
      const redis = await connected(server.redisUrl);
      const { log } = recordingLog();
      const key = { stream: "full", group: "workers" };
      await ensureGroup(redis, key, log);
      await redis.config("SET", "maxmemory", "1");
      await ensureGroup(redis, key, log);
      const other = ensureGroup(redis, { ...key, group: "others" }, log);
      expect(await rejectionOf(other)).toMatchObject({ code: "stream_full", retryable: true });
      await closeRedisConnection(redis);
    },
    TIMEOUT_MS,
  );
});

describe("waitUntilReady", () => {
  test(
    "waitUntilReady resolves at its deadline when Redis never answers",
    async () => {
      await using proxy = openTcpProxy("redis://127.0.0.1:1");
      proxy.mode = "swallow all";
      const url = `redis://127.0.0.1:${proxy.port}`;
      const redis = openRedisConnection({ url, log: recordingLog().log, blockMs: 0 });
      const waits = Array.from({ length: 50 }, async () => await waitUntilReady(redis, 10));
      await Promise.all(waits);
      expect(redis.status).not.toBe("ready");
      // The client has a few of its own while it connects; every wait has taken its own away.
      expect(redis.listenerCount("ready")).toBeLessThan(10);
      await closeRedisConnection(redis);
    },
    TIMEOUT_MS,
  );
});

describe("redisCall", () => {
  test("redisCall says in plain words that there is no connection", async () => {
    const { log } = recordingLog();
    const redis = openRedisConnection({ url: "redis://127.0.0.1:1", log, blockMs: 0 });
    const failure = await rejectionOf(readServer(redis));
    expect(errorText(failure)).toBe("Redis could not report its state: there is no connection");
    await closeRedisConnection(redis);
  });
});

describe("closeRedisConnection", () => {
  test(
    "closeRedisConnection resolves when Redis is stopped",
    async () => {
      await using server = await ownRedis();
      const redis = await connected(server.redisUrl);
      const pid = await redisPid(redis);
      process.kill(pid, "SIGSTOP");
      await closeRedisConnection(redis);
      await closeRedisConnection(redis);
      await eventually(() => expect(redis.status).toBe("end"));
      process.kill(pid, "SIGCONT");
    },
    TIMEOUT_MS,
  );

  test(
    "closeRedisConnection resolves when the connection was never made",
    async () => {
      const url = "redis://127.0.0.1:1";
      const redis = openRedisConnection({ url, log: recordingLog().log, blockMs: 0 });
      await closeRedisConnection(redis);
      await eventually(() => expect(redis.status).toBe("end"));
    },
    TIMEOUT_MS,
  );
});

import { afterAll, beforeAll, describe, expect, spyOn, test } from "bun:test";
import { tracingChannel } from "node:diagnostics_channel";
import type { Socket } from "bun";
import { errorText } from "../../src/errors.ts";
import { readServer } from "../../src/stream/inspect/read-server.ts";
import { readGroups } from "../../src/stream/inspect/read-stream.ts";
import { streamRemedy } from "../../src/stream/inspect/stream-remedy.ts";
import {
  closeRedisConnection,
  openRedisConnection,
  waitUntilReady,
} from "../../src/stream/redis/redis-connection.ts";
import { defineScript, runScript } from "../../src/stream/redis/script.ts";
import { eventually } from "../support/eventually.ts";
import { recordingLog } from "../support/recording-log.ts";
import { rejectionOf } from "../support/rejection-of.ts";
import { redisPid, suspend } from "../support/server-processes.ts";
import { ownRedis, SERVERS_START_TIMEOUT_MS } from "../support/servers.ts";
import { openTcpProxy, type TcpProxy, throughProxy } from "../support/tcp-proxy.ts";
import { connected } from "../support/test-stream.ts";

const ECHO = defineScript("return ARGV[1]");
const NOWHERE = "redis://127.0.0.1:1";
const PASSWORD = "p@ss:w/o?r#d%41+&=";
const TIMEOUT_MS = 120_000;
const { log } = recordingLog();

let server: Awaited<ReturnType<typeof ownRedis>>;
let proxy: TcpProxy;
beforeAll(async () => {
  server = await ownRedis();
  proxy = openTcpProxy(server.redisUrl);
}, SERVERS_START_TIMEOUT_MS);
afterAll(async () => {
  await proxy[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

/** The URL of a user with these rights, who may do everything else, in a database. */
async function urlOfUser(rights: readonly string[], database = 0): Promise<string> {
  const admin = await connected(server.redisUrl);
  await admin.acl("SETUSER", "odd:user", "reset", "on", `>${PASSWORD}`, "~*", "+@all", ...rights);
  await closeRedisConnection(admin);
  const url = new URL(server.redisUrl);
  url.username = encodeURIComponent("odd:user");
  url.password = encodeURIComponent(PASSWORD);
  url.pathname = `/${database}`;
  return url.href;
}

/** A server that replies to each command as it likes, byte by byte. */
function impostor(reply: (command: string) => string) {
  return Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      data(socket: Socket, bytes) {
        socket.setNoDelay(true);
        for (const byte of Buffer.from(reply(bytes.toString()))) {
          socket.write(new Uint8Array([byte]));
        }
      },
    },
  });
}

describe("a command", () => {
  test("gets its own reply when many are in flight", async () => {
    const redis = await connected(server.redisUrl);
    const texts = ["", "é\r\n$-1\r\n", "x".repeat(60_000), ...Array.from({ length: 200 }, String)];
    await redis.set("text", "no number");
    const failed = rejectionOf(redis.incr("text"));
    const replies = texts.map(async (text) => {
      return await runScript(redis, ECHO, { doing: "echo", keys: ["any"], args: [text] });
    });
    expect(await Promise.all(replies)).toEqual(texts);
    expect(await failed).toMatchObject({ name: "ReplyError" });
    await closeRedisConnection(redis);
  });

  test("is not repeated when its connection is cut", async () => {
    const redis = await connected(throughProxy(server.redisUrl, proxy));
    const admin = await connected(server.redisUrl);
    await admin.del("count");
    proxy.mode = "swallow replies";
    const lost = rejectionOf(redis.incr("count"));
    await eventually(async () => expect(await admin.get("count")).toBe("1"));
    proxy.cut();
    proxy.mode = "pass";
    expect(await lost).toBeInstanceOf(Error);
    expect(await eventually(async () => await redis.incr("count"))).toBe(2);
    await closeRedisConnection(redis);
    await closeRedisConnection(admin);
  });

  test("gets a reply that comes byte by byte", async () => {
    using slow = impostor((command) =>
      command.includes("info") ? "$9\r\nloading:0\r\n" : "$5\r\nwhole\r\n",
    );
    const redis = await connected(`redis://127.0.0.1:${slow.port}`);
    expect(await redis.get("any")).toBe("whole");
    redis.disconnect();
  });

  test("is rejected in plain words without a connection", async () => {
    const redis = openRedisConnection({ url: NOWHERE, log, blockMs: 0 });
    const failure = await rejectionOf(readServer(redis));
    expect(errorText(failure)).toBe("Redis could not report its state: there is no connection");
    await closeRedisConnection(redis);
  });

  test("is not traced without a subscriber", async () => {
    const redis = await connected(server.redisUrl);
    const channels = Object.getPrototypeOf(tracingChannel("any"));
    const trace = spyOn(channels, "tracePromise");
    await redis.ping();
    expect(trace).not.toHaveBeenCalled();
    trace.mockRestore();
    await closeRedisConnection(redis);
  });
});

describe("a connection", () => {
  test("logs in with special characters and selects a database", async () => {
    const redis = await connected(await urlOfUser([], 3));
    expect(await redis.acl("WHOAMI")).toBe("odd:user");
    expect(await redis.client("INFO")).toContain(" db=3 ");
    await closeRedisConnection(redis);
  });

  test("executes nothing in another database when SELECT is refused", async () => {
    const admin = await connected(server.redisUrl);
    await admin.del("misplaced");
    const url = await urlOfUser(["-select"], 3);
    const redis = openRedisConnection({ url, log, blockMs: 0 });
    let connections = 0;
    redis.on("connect", () => {
      connections += 1;
    });
    redis.on("ready", () => void redis.set("misplaced", "1").catch(() => undefined));
    await eventually(() => expect(connections).toBeGreaterThan(2));
    expect(redis.status).not.toBe("ready");
    expect(await admin.exists("misplaced")).toBe(0);
    redis.disconnect();
    await closeRedisConnection(admin);
  });

  test("writes nothing to the console when INFO is refused", async () => {
    const warn = spyOn(console, "warn").mockImplementation(() => undefined);
    const redis = await connected(await urlOfUser(["-info"]));
    expect(redis.status).toBe("ready");
    expect(warn.mock.calls).toEqual([]);
    warn.mockRestore();
    await closeRedisConnection(redis);
  });

  test("logs once that Redis is down and once that it is back", async () => {
    const { log: own, records } = recordingLog();
    const url = throughProxy(server.redisUrl, proxy);
    const redis = openRedisConnection({ url, log: own, blockMs: 0 });
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
  });

  test("is established once Redis is up", async () => {
    proxy.mode = "refuse";
    const before = proxy.connections;
    const url = throughProxy(server.redisUrl, proxy);
    const redis = openRedisConnection({ url, log, blockMs: 0 });
    await eventually(() => expect(proxy.connections).toBeGreaterThan(before + 2));
    proxy.mode = "pass";
    await waitUntilReady(redis, 10_000);
    expect(await redis.ping()).toBe("PONG");
    await closeRedisConnection(redis);
  });

  test("is used soon after Redis has loaded its data", async () => {
    let checks = 0;
    using loading = impostor(() => {
      checks += 1;
      const info = checks === 1 ? "loading:1\r\nloading_eta_seconds:3600" : "loading:0";
      return `$${info.length}\r\n${info}\r\n`;
    });
    const url = `redis://127.0.0.1:${loading.port}`;
    const redis = openRedisConnection({ url, log, blockMs: 0 });
    // By default, the client would check again after 10 s.
    await waitUntilReady(redis, 8_000);
    expect(redis.status).toBe("ready");
    redis.disconnect();
  });

  test("leaves a server that became a replica, and repeats nothing", async () => {
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
  });

  test("is replaced after an unsolicited reply", async () => {
    let replies = 0;
    using stray = impostor((command) => {
      if (command.includes("info")) return "$9\r\nloading:0\r\n";
      replies += 1;
      return replies === 1 ? "+first\r\n+stray\r\n" : "+second\r\n";
    });
    const redis = await connected(`redis://127.0.0.1:${stray.port}`);
    expect(await redis.get("any")).toBe("first");
    expect(await eventually(async () => await redis.get("any"))).toBe("second");
    redis.disconnect();
  });
});

describe("waiting for a connection", () => {
  test("ends at its deadline and leaves no listener", async () => {
    await using silent = openTcpProxy(NOWHERE);
    silent.mode = "swallow all";
    const url = `redis://127.0.0.1:${silent.port}`;
    const redis = openRedisConnection({ url, log, blockMs: 0 });
    const listeners = redis.listenerCount("ready");
    await Promise.all([1, 2, 3].map(async () => await waitUntilReady(redis, 10)));
    expect(redis.status).not.toBe("ready");
    // The client adds one of its own while it connects.
    expect(redis.listenerCount("ready")).toBeLessThan(listeners + 3);
    await closeRedisConnection(redis);
  });
});

describe("closing a connection", () => {
  test(
    "works while Redis does not reply, and twice",
    async () => {
      const redis = await connected(server.redisUrl);
      const pid = await redisPid(redis);
      await suspend(pid);
      await closeRedisConnection(redis);
      await closeRedisConnection(redis);
      await eventually(() => expect(redis.status).toBe("end"));
      process.kill(pid, "SIGCONT");
      expect(await rejectionOf(redis.ping())).toBeInstanceOf(Error);
    },
    TIMEOUT_MS,
  );

  test("works before it is established", async () => {
    const redis = openRedisConnection({ url: NOWHERE, log, blockMs: 0 });
    await closeRedisConnection(redis);
    await eventually(() => expect(redis.status).toBe("end"));
  });
});

test("names the remedy for a wrong password, also when a command fails", async () => {
  const url = new URL(server.redisUrl);
  url.password = "wrong";
  const { log: recorded, records } = recordingLog();
  const redis = openRedisConnection({ url: url.href, log: recorded, blockMs: 0 });
  const remedy = "Correct the user and the password in REDIS_URL, or REDIS_PASSWORD";
  await eventually(() => {
    expect(records).toMatchObject([
      {
        level: "error",
        fields: { error: expect.stringMatching(/^WRONGPASS /), remedy },
        sentence: "Redis connection failed, retrying",
      },
    ]);
  });
  const failure = await rejectionOf(readGroups(redis, "events_stream"));
  expect(errorText(failure)).toMatch(/there is no connection: WRONGPASS /);
  expect(streamRemedy(failure)).toBe(remedy);
  await closeRedisConnection(redis);
});

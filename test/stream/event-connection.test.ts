import { describe, expect, test } from "bun:test";
import type { Socket } from "bun";
import { EventConnection } from "../../src/stream/redis/event-connection.ts";
import { defineScript } from "../../src/stream/redis/script.ts";
import { eventually } from "../support/eventually.ts";
import { rejectionOf } from "../support/rejection-of.ts";
import { ownRedis } from "../support/servers.ts";
import { openTcpProxy, throughProxy } from "../support/tcp-proxy.ts";
import { connected, scriptsOf, useTestRedis } from "../support/test-stream.ts";

const ECHO = defineScript("return ARGV[1]");
const WRITE = defineScript("return redis.call('INCR', KEYS[1])");
const TIMEOUT_MS = 30_000;
const redisOfFile = useTestRedis();

/** What answers each command as it likes, in pieces of one byte. */
function impostor(answer: (socket: Socket, command: string) => string) {
  return Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      data(socket, bytes) {
        socket.setNoDelay(true);
        for (const byte of Buffer.from(answer(socket, bytes.toString()))) {
          socket.write(new Uint8Array([byte]));
        }
      },
    },
  });
}

describe("EventConnection", () => {
  test("run answers what the script does, each its own, when many are in flight", async () => {
    const scripts = await scriptsOf(redisOfFile.redis);
    const args = ["", "é\r\n$-1\r\n", "x".repeat(60_000), ...Array.from({ length: 200 }, String)];
    const replies = args.map(async (arg) => await scripts.run(ECHO, { key: "any", args: [arg] }));
    expect(await Promise.all(replies)).toEqual(args);
  });

  test("run rejects with Redis's own words, and only that call, when Redis answers with an error", async () => {
    const scripts = await scriptsOf(redisOfFile.redis);
    const key = redisOfFile.streamKey();
    await redisOfFile.redis.set(key, "no number");
    const [failed, other] = await Promise.allSettled([
      scripts.run(WRITE, { key, args: [] }),
      scripts.run(ECHO, { key, args: ["other"] }),
    ]);
    expect(failed).toMatchObject({ status: "rejected", reason: { name: "ReplyError" } });
    expect(other).toEqual({ status: "fulfilled", value: "other" });
  });

  test(
    "run logs in and works in the database of the URL",
    async () => {
      await using server = await ownRedis();
      const admin = await connected(server.redisUrl);
      const password = "p@ss:w/o?r#d%41+&=";
      await admin.acl("SETUSER", "odd:user", "on", `>${password}`, "~*", "+@all");
      // Whoever does not log in may do nothing.
      await admin.acl("SETUSER", "default", "nocommands");
      const url = new URL(server.redisUrl);
      url.username = encodeURIComponent("odd:user");
      url.password = encodeURIComponent(password);
      url.pathname = "/3";
      const redis = await connected(url.href);
      const scripts = await scriptsOf(redis);
      expect(await scripts.run(WRITE, { key: "count", args: [] })).toBe(1);
      expect(await redis.get("count")).toBe("1");
      redis.disconnect();
      admin.disconnect();
    },
    TIMEOUT_MS,
  );

  test(
    "run works again after the connection was cut, and a call that was in flight is not sent again",
    async () => {
      await using server = await ownRedis();
      await using proxy = openTcpProxy(server.redisUrl);
      const redis = await connected(throughProxy(server.redisUrl, proxy));
      const admin = await connected(server.redisUrl);
      const scripts = await scriptsOf(redis);
      expect(await scripts.run(WRITE, { key: "count", args: [] })).toBe(1);
      proxy.mode = "swallow replies";
      const lost = rejectionOf(scripts.run(WRITE, { key: "count", args: [] }));
      await eventually(async () => expect(await admin.get("count")).toBe("2"));
      proxy.cut();
      proxy.mode = "pass";
      expect(await lost).toBeInstanceOf(Error);
      const again = async () => await scripts.run(WRITE, { key: "count", args: [] });
      expect(await eventually(again)).toBe(3);
      redis.disconnect();
      admin.disconnect();
    },
    TIMEOUT_MS,
  );

  test("run reads a reply that comes byte by byte", async () => {
    using server = impostor(() => "$5\r\nwhole\r\n");
    const redis = await connected(`redis://127.0.0.1:${server.port}`, 0);
    const scripts = await scriptsOf(redis);
    expect(await scripts.run(ECHO, { key: "any", args: [] })).toBe("whole");
    redis.disconnect();
  });

  test("run gives the connection up when a reply comes that nobody has asked for", async () => {
    let answers = 0;
    using server = impostor((_, command) => {
      if (!command.includes("EVALSHA")) return "$9\r\nloading:0\r\n";
      answers += 1;
      return answers === 1 ? "+first\r\n+stray\r\n" : "+second\r\n";
    });
    const redis = await connected(`redis://127.0.0.1:${server.port}`);
    const scripts = await scriptsOf(redis);
    expect(await scripts.run(ECHO, { key: "any", args: [] })).toBe("first");
    const next = async () => await scripts.run(ECHO, { key: "any", args: [] });
    expect(await eventually(next)).toBe("second");
    redis.disconnect();
  });

  test("run fails at once when its Redis connection was closed", async () => {
    const redis = await connected(redisOfFile.url);
    const scripts = await scriptsOf(redis);
    redis.disconnect();
    await eventually(() => expect(redis.status).toBe("end"));
    expect(await rejectionOf(scripts.run(ECHO, { key: "any", args: [] }))).toBeInstanceOf(Error);
  });

  test("untilReady resolves at its deadline when nothing listens", async () => {
    const redis = await connected(redisOfFile.url);
    redis.options.port = 1;
    const scripts = new EventConnection(redis);
    await scripts.untilReady(10);
    expect(await rejectionOf(scripts.run(ECHO, { key: "any", args: [] }))).toBeInstanceOf(Error);
    redis.disconnect();
  });
});

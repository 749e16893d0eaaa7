import { describe, expect, spyOn, test } from "bun:test";
import { tracingChannel } from "node:diagnostics_channel";
import { closeRedisConnection } from "../../src/stream/redis/redis-connection.ts";
import { connected, useTestRedis } from "../support/test-stream.ts";

const redisOfFile = useTestRedis();

describe("openRedisConnection", () => {
  test("openRedisConnection writes nothing beside the log where its user may not give INFO", async () => {
    const { redis, url } = redisOfFile;
    await redis.call("ACL", ["SETUSER", "uninformed", "reset", "on", ">secret", "+@all", "-info"]);
    const own = new URL(url);
    own.username = "uninformed";
    own.password = "secret";
    const warn = spyOn(console, "warn").mockImplementation(() => undefined);
    const connection = await connected(own.href);
    expect(connection.status).toBe("ready");
    expect(warn.mock.calls).toEqual([]);
    warn.mockRestore();
    await closeRedisConnection(connection);
    await redis.call("ACL", ["DELUSER", "uninformed"]);
  });

  test("openRedisConnection makes no trace of a command that nobody wants to see", async () => {
    const channels = Object.getPrototypeOf(tracingChannel("any"));
    const trace = spyOn(channels, "tracePromise");
    await redisOfFile.redis.ping();
    expect(trace).not.toHaveBeenCalled();
    trace.mockRestore();
  });
});

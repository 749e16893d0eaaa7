import { describe, expect, test } from "bun:test";
import { EvictionGuard } from "../../src/stream/eviction-guard.ts";
import { expectNoEviction } from "../../src/stream/inspect/check-redis.ts";
import { mayEvictStream } from "../../src/stream/inspect/redis-settings.ts";
import { Producer } from "../../src/stream/producer.ts";
import { closeRedisConnection } from "../../src/stream/redis/redis-connection.ts";
import { eventually } from "../support/eventually.ts";
import { rejectionOf } from "../support/rejection-of.ts";
import { sampleEvent } from "../support/sample-event.ts";
import { ownRedis, SERVERS_START_TIMEOUT_MS } from "../support/servers.ts";
import { connected } from "../support/test-stream.ts";

const EVICTS = { code: "redis_evicts", retryable: true };

test.each([
  ["noeviction", false],
  ["volatile-lru", false],
  ["volatile-ttl", false],
  ["allkeys-lru", true],
  ["allkeys-lfu", true],
  ["allkeys-random", true],
  ["allkeys-lrm", true],
])("%s may evict the stream: %p", (policy, isRefused) => {
  expect(mayEvictStream(policy)).toBe(isRefused);
});

describe("a policy that may evict the stream", () => {
  test(
    "stops appends within a second, until it is changed",
    async () => {
      await using server = await ownRedis();
      const redis = await connected(server.redisUrl);
      const guard = new EvictionGuard(redis);
      const bounds = { stream: "events", streamLengthMax: 100, waitingEventsMax: 100 };
      const producer = new Producer(redis, { ...bounds, guard });
      await producer.append([sampleEvent()]);
      await redis.config("SET", "maxmemory-policy", "allkeys-lru");
      await eventually(async () =>
        expect(await rejectionOf(producer.append([sampleEvent()]))).toMatchObject(EVICTS),
      );
      await redis.config("SET", "maxmemory-policy", "volatile-lru");
      await producer.checkAppend();
      await producer.append([sampleEvent()]);
      await redis.config("SET", "maxmemory-policy", "allkeys-random");
      expect(await rejectionOf(producer.checkAppend())).toMatchObject(EVICTS);
      expect(await rejectionOf(producer.append([sampleEvent()]))).toMatchObject(EVICTS);
      expect(await rejectionOf(expectNoEviction(redis))).toMatchObject(EVICTS);
      await closeRedisConnection(redis);
    },
    SERVERS_START_TIMEOUT_MS,
  );

  test.each([["-config"], ["-info"]])(
    "is found although Redis refuses %s",
    async (refused) => {
      await using server = await ownRedis();
      const admin = await connected(server.redisUrl);
      await admin.acl("SETUSER", "managed", "on", ">secret", "~*", "+@all", refused);
      await admin.config("SET", "maxmemory-policy", "allkeys-lru");
      const url = new URL(server.redisUrl);
      url.username = "managed";
      url.password = "secret";
      const redis = await connected(url.href);
      const guard = new EvictionGuard(redis);
      await guard.check();
      expect(guard.refusal).toMatchObject(EVICTS);
      await closeRedisConnection(redis);
      await closeRedisConnection(admin);
    },
    SERVERS_START_TIMEOUT_MS,
  );

  test("is found with INFO refused and one setting hidden", async () => {
    const shown = ["appendonly", "yes", "maxmemory-policy", "allkeys-lru"];
    const bulks = shown.map((text) => `$${text.length}\r\n${text}\r\n`).join("");
    using server = Bun.listen({
      hostname: "127.0.0.1",
      port: 0,
      socket: {
        data(socket, bytes) {
          const isInfo = /info/i.test(bytes.toString());
          socket.write(isInfo ? "-NOPERM no INFO\r\n" : `*${shown.length}\r\n${bulks}`);
        },
      },
    });
    const redis = await connected(`redis://127.0.0.1:${server.port}`);
    expect(await rejectionOf(expectNoEviction(redis))).toMatchObject(EVICTS);
    redis.disconnect();
  });
});

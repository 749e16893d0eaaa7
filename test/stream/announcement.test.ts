import { describe, expect, test } from "bun:test";
import { startAnnouncement } from "../../src/roles/announcement.ts";
import { closeRedisConnection } from "../../src/stream/redis/redis-connection.ts";
import { announcedKey, readShardsBeyond } from "../../src/stream/shards/announced-shards.ts";
import { eventually } from "../support/eventually.ts";
import { openTcpProxy, throughProxy } from "../support/tcp-proxy.ts";
import { connected, useTestRedis } from "../support/test-stream.ts";

const redisOfFile = useTestRedis();

describe("an announcement of shards that Redis lost", () => {
  test.each([
    ["a new connection", {}],
    ["a while", { repeatMs: 20 }],
  ])("is repeated after %s", async (_, options) => {
    const { redis, url } = redisOfFile;
    const stream = redisOfFile.streamKey();
    await using proxy = openTcpProxy(url);
    const proxied = await connected(throughProxy(url, proxy));
    const announcement = await startAnnouncement(proxied, { stream, shards: 3, ...options });
    const beyond = async () => await readShardsBeyond(redis, { stream, shards: 1 });
    expect(await beyond()).toHaveLength(2);
    expect(await redis.del(announcedKey(stream))).toBe(1);
    if (!("repeatMs" in options)) proxy.cut();
    await eventually(async () => expect(await beyond()).toHaveLength(2));
    await announcement.stop();
    await redis.del(announcedKey(stream));
    await closeRedisConnection(proxied);
  });
});

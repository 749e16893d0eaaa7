import { describe, expect, test } from "bun:test";
import { checkRedis } from "../../src/stream/inspect/check-redis.ts";
import { closeRedisConnection } from "../../src/stream/redis/redis-connection.ts";
import { recordingLog } from "../support/recording-log.ts";
import { rejectionOf } from "../support/rejection-of.ts";
import { ownRedis } from "../support/servers.ts";
import { connected } from "../support/test-stream.ts";

describe("checkRedis", () => {
  test("warns of each setting that may lose events", async () => {
    await using server = await ownRedis();
    const redis = await connected(server.redisUrl);
    const check = async (isRestarted = false): Promise<readonly string[]> => {
      const { log, records } = recordingLog();
      await checkRedis(redis, log, { isRestarted });
      return records.map(({ level, fields }) => `${level} ${JSON.stringify(fields)}`);
    };
    expect(await check()).toEqual([]);
    await redis.config("SET", "appendfsync", "everysec");
    expect(await check()).toEqual(['warn {"appendfsync":"everysec"}']);
    await redis.config("SET", "appendonly", "no");
    expect(await check()).toEqual(['warn {"appendonly":"no"}']);
    await redis.config("SET", "maxmemory-policy", "volatile-ttl");
    expect(await check()).toEqual([
      'warn {"appendonly":"no"}',
      'warn {"maxmemory-policy":"volatile-ttl"}',
    ]);
    await redis.config("SET", "maxmemory-policy", "allkeys-lru");
    expect(await rejectionOf(check())).toMatchObject({ code: "redis_evicts" });
    expect(await check(true)).toContain('warn {"maxmemory-policy":"allkeys-lru"}');
    await closeRedisConnection(redis);
  });

  test("uses INFO when Redis refuses CONFIG", async () => {
    await using server = await ownRedis();
    const admin = await connected(server.redisUrl);
    const managed = async (...rights: string[]) => {
      await admin.acl("SETUSER", "managed", "on", ">secret", "~*", "+@all", ...rights);
      const url = new URL(server.redisUrl);
      url.username = "managed";
      url.password = "secret";
      return await connected(url.href);
    };
    const redis = await managed("-config");
    const check = async () => {
      const { log, records } = recordingLog();
      await checkRedis(redis, log, { isRestarted: false });
      return records.map(({ sentence }) => sentence);
    };
    expect(await check()).toEqual([expect.stringContaining("unknown")]);
    await admin.config("SET", "appendonly", "no");
    expect(await check()).toEqual([
      expect.stringContaining("unknown"),
      expect.stringContaining("no append-only file"),
    ]);
    await admin.config("SET", "maxmemory-policy", "allkeys-random");
    expect(await rejectionOf(check())).toMatchObject({ code: "redis_evicts" });
    await admin.config("SET", "maxmemory-policy", "noeviction");
    await closeRedisConnection(redis);
    await closeRedisConnection(admin);
  });

  test("fails with stream_unavailable without Redis", async () => {
    await using server = await ownRedis();
    const redis = await connected(server.redisUrl);
    await closeRedisConnection(redis);
    const error = await rejectionOf(checkRedis(redis, recordingLog().log, { isRestarted: false }));
    expect(error).toMatchObject({ code: "stream_unavailable" });
  });
});

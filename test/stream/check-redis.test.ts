import { describe, expect, test } from "bun:test";
import { checkRedis } from "../../src/stream/check-redis.ts";
import { closeRedisConnection } from "../../src/stream/redis-connection.ts";
import { recordingLog } from "../support/recording-log.ts";
import { rejectionOf } from "../support/rejection-of.ts";
import { ownRedis } from "../support/servers.ts";
import { connected } from "../support/test-stream.ts";

describe("checkRedis", () => {
  test("checkRedis warns of each setting that weakens the promise when Redis has it", async () => {
    await using server = await ownRedis();
    const redis = await connected(server.redisUrl);
    const check = async (): Promise<readonly string[]> => {
      const { log, records } = recordingLog();
      await checkRedis(redis, log);
      return records.map(({ level, fields }) => `${level} ${JSON.stringify(fields)}`);
    };
    expect(await check()).toEqual([]);
    await redis.config("SET", "appendfsync", "everysec");
    expect(await check()).toEqual(['warn {"appendfsync":"everysec"}']);
    await redis.config("SET", "appendonly", "no");
    expect(await check()).toEqual(['warn {"appendonly":"no"}']);
    await redis.config("SET", "maxmemory-policy", "allkeys-lru");
    expect(await check()).toEqual([
      'warn {"appendonly":"no"}',
      'warn {"maxmemory-policy":"allkeys-lru"}',
    ]);
    await closeRedisConnection(redis);
  });

  test("checkRedis warns that it knows nothing when Redis refuses CONFIG", async () => {
    await using server = await ownRedis();
    const admin = await connected(server.redisUrl);
    await admin.acl("SETUSER", "managed", "on", ">secret", "~*", "+@all", "-config");
    const url = new URL(server.redisUrl);
    url.username = "managed";
    url.password = "secret";
    const redis = await connected(url.href);
    const { log, records } = recordingLog();
    await checkRedis(redis, log);
    expect(records.map(({ level }) => level)).toEqual(["warn"]);
    expect(records[0]?.sentence).toContain("unknown");
    await closeRedisConnection(redis);
    await closeRedisConnection(admin);
  });

  test("checkRedis fails with stream_unavailable when Redis is gone", async () => {
    await using server = await ownRedis();
    const redis = await connected(server.redisUrl);
    await closeRedisConnection(redis);
    const error = await rejectionOf(checkRedis(redis, recordingLog().log));
    expect(error).toMatchObject({ code: "stream_unavailable" });
  });
});

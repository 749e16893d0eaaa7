import { expect, test } from "bun:test";
import { watchSettings } from "../../src/consume/watches/settings-watch.ts";
import { closeRedisConnection } from "../../src/stream/redis/redis-connection.ts";
import { recordingLog } from "../support/recording-log.ts";
import { ownRedis, SERVERS_START_TIMEOUT_MS } from "../support/servers.ts";
import { connected } from "../support/test-stream.ts";

test(
  "logs once that a setting of Redis was weakened, and once that it is safe",
  async () => {
    await using server = await ownRedis();
    const redis = await connected(server.redisUrl);
    const { log, records } = recordingLog();
    const check = watchSettings({ redis, log });
    const checkTwice = async () => {
      for (let times = 1; times <= 2; times += 1) await check();
    };
    await checkTwice();
    expect(records).toEqual([]);
    await redis.config("SET", "appendfsync", "everysec");
    await checkTwice();
    expect(records).toMatchObject([{ level: "warn", fields: { appendfsync: "everysec" } }]);
    await redis.config("SET", "appendfsync", "no");
    await checkTwice();
    expect(records.slice(1)).toMatchObject([{ level: "warn", fields: { appendfsync: "no" } }]);
    await redis.config("SET", "appendfsync", "always");
    await checkTwice();
    expect(records.slice(2)).toMatchObject([{ level: "info", fields: { appendfsync: "always" } }]);
    await redis.config("SET", "appendonly", "no");
    await checkTwice();
    expect(records.slice(3)).toMatchObject([{ level: "error", fields: { appendonly: "no" } }]);
    await closeRedisConnection(redis);
    await checkTwice();
    expect(records).toHaveLength(4);
  },
  SERVERS_START_TIMEOUT_MS,
);

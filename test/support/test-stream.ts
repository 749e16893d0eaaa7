import { afterAll, beforeAll } from "bun:test";
import {
  closeRedisConnection,
  openRedisConnection,
  type RedisConnection,
  waitUntilReady,
} from "../../src/stream/redis/redis-connection.ts";
import { recordingLog } from "./recording-log.ts";
import { SERVERS_START_TIMEOUT_MS, testServers } from "./servers.ts";

/** Redis for a test file. The members throw before the first test. */
export interface TestRedis {
  readonly url: string;
  /** A connection as the engine opens it, whose reads may block for `BLOCK_MS_MAX`. */
  readonly redis: RedisConnection;
  /** Returns an unused stream key, which is deleted after the file's last test. */
  readonly streamKey: () => string;
}

export const BLOCK_MS_MAX = 2_000;

let streams = 0;

/** Called at the top level of a test file: opens a connection to the shared Redis for all of its tests. */
export function useTestRedis(): TestRedis {
  const keys: string[] = [];
  let opened: { readonly url: string; readonly redis: RedisConnection } | undefined;
  const open = () => {
    if (opened === undefined) throw new Error("Redis is connected from the first test on");
    return opened;
  };
  beforeAll(async () => {
    const { redisUrl } = await testServers();
    opened = { url: redisUrl, redis: await connected(redisUrl, BLOCK_MS_MAX) };
  }, SERVERS_START_TIMEOUT_MS);
  afterAll(async () => {
    if (opened === undefined) return;
    if (keys.length > 0) await opened.redis.del(...keys);
    await closeRedisConnection(opened.redis);
  }, 60_000);
  return {
    get url() {
      return open().url;
    },
    get redis() {
      return open().redis;
    },
    streamKey() {
      streams += 1;
      const key = `test_stream_${process.pid}_${streams}`;
      keys.push(key);
      return key;
    },
  };
}

/** Opens a connection as the engine does, and waits until it is ready. */
export async function connected(url: string, blockMs = 0, key?: string): Promise<RedisConnection> {
  const { log } = recordingLog();
  const redis = openRedisConnection({ url, log, blockMs, ...(key === undefined ? {} : { key }) });
  await waitUntilReady(redis, 10_000);
  return redis;
}

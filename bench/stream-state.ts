import { setTimeout as delay } from "node:timers/promises";
import type { RedisConnection } from "../src/stream/redis/redis-connection.ts";

/** When Redis has its append-only file on disk. */
export type AppendFsync = "always" | "everysec";

const POLL_MS = 50;

/** Sets when Redis answers a write: after it is on disk, or before. */
export async function setAppendFsync(redis: RedisConnection, to: AppendFsync): Promise<void> {
  await redis.config("SET", "appendfsync", to);
}

/**
 * Removes every entry, keeps the groups, and has Redis write its append-only file anew, so that every
 * measurement starts with the same: none pays for a rewrite that the entries of those before it have made due.
 */
export async function emptyStream(redis: RedisConnection, stream: string): Promise<void> {
  await redis.xtrim(stream, "MAXLEN", 0);
  await rewriteAppendOnlyFile(redis);
}

/** Removes the stream and its groups, and has Redis write its append-only file anew. */
export async function deleteStream(redis: RedisConnection, stream: string): Promise<void> {
  await redis.del(stream);
  await rewriteAppendOnlyFile(redis);
}

async function rewriteAppendOnlyFile(redis: RedisConnection): Promise<void> {
  const busy = async () => {
    const persistence = await redis.info("persistence");
    return /aof_rewrite_(in_progress|scheduled):1/.test(persistence);
  };
  while (await busy()) await delay(POLL_MS);
  await redis.bgrewriteaof();
  while (await busy()) await delay(POLL_MS);
}

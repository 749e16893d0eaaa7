import { setTimeout as delay } from "node:timers/promises";
import type { RedisConnection } from "../src/stream/redis/redis-connection.ts";

export type AppendFsync = "always" | "everysec";

const POLL_MS = 50;

/** Sets whether Redis replies to a write before or after it is on disk. */
export async function setAppendFsync(redis: RedisConnection, to: AppendFsync): Promise<void> {
  await redis.config("SET", "appendfsync", to);
}

/**
 * Removes all entries, keeps the groups, and rewrites the append-only file, so that no measurement pays for a rewrite that
 * earlier ones caused.
 */
export async function emptyStream(redis: RedisConnection, stream: string): Promise<void> {
  await redis.xtrim(stream, "MAXLEN", 0);
  await rewriteAppendOnlyFile(redis);
}

/** Removes the stream and its groups, and rewrites the append-only file. */
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

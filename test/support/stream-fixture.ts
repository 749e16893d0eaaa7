import { encodeEntry } from "../../src/event/entry-codec.ts";
import type { RedisConnection } from "../../src/stream/redis/redis-connection.ts";
import { sampleEvent } from "./sample-event.ts";

/** Appends entries with these ids, or this many with ids from Redis. Returns their ids. */
export async function appendEntries(
  redis: RedisConnection,
  stream: string,
  ids: readonly string[] | number,
): Promise<readonly string[]> {
  const wanted = typeof ids === "number" ? Array.from({ length: ids }, () => "*") : ids;
  const appended: string[] = [];
  for (const id of wanted) {
    appended.push(String(await redis.call("XADD", stream, id, ...encodeEntry(sampleEvent()))));
  }
  return appended;
}

/** Returns the ids in the stream, oldest first. */
export async function idsOf(redis: RedisConnection, stream: string): Promise<readonly string[]> {
  return (await redis.xrange(stream, "-", "+")).map(([id]) => id);
}

/** Returns the number of pending entries. */
export async function pendingOf(
  redis: RedisConnection,
  { stream, group }: { stream: string; group: string },
): Promise<number> {
  const [pending] = await redis.xpending(stream, group);
  return Number(pending);
}

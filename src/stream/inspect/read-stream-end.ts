import { redisCall } from "../redis/redis-call.ts";
import { readClock } from "../redis/redis-clock.ts";
import type { RedisConnection } from "../redis/redis-connection.ts";
import { entryIdMs } from "../stream-entry.ts";

export interface StreamEnd {
  /** Undefined for an empty stream. */
  readonly lastEntryId: string | undefined;
  /** Entries up to `lastEntryId` were received before this time by Redis's clock, in milliseconds since 1970. */
  readonly receivedBeforeMs: number;
  /** The last id is ahead of the clock, so entries may get a later `received_at`. */
  readonly isAhead: boolean;
}

export async function readStreamEnd(redis: RedisConnection, stream: string): Promise<StreamEnd> {
  const nowMs = (await readClock(redis)) ?? Date.now();
  const range = redis.xrevrange(stream, "+", "-", "COUNT", 1);
  const [last] = await redisCall(redis, "read the end of the stream", range);
  const lastEntryId = last?.[0];
  const receivedBeforeMs = Math.floor(nowMs) + 1;
  const isAhead = lastEntryId !== undefined && entryIdMs(lastEntryId) > receivedBeforeMs;
  return { lastEntryId, receivedBeforeMs, isAhead };
}

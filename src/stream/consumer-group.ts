import { Type } from "@sinclair/typebox";
import { redisCall } from "./redis/redis-call.ts";
import type { RedisConnection } from "./redis/redis-connection.ts";
import { replySchema } from "./redis/reply-schema.ts";
import { type DeliveredEntries, deliveredEntries, EntryRows } from "./stream-entry.ts";

/** Bounds how long one XACK blocks Redis. */
const ACKNOWLEDGED_MAX = 5_000;

const readReply = replySchema(
  Type.Union([Type.Null(), Type.Array(Type.Tuple([Type.String(), EntryRows]))]),
);

export interface GroupKey {
  readonly stream: string;
  readonly group: string;
}

export interface ConsumerKey extends GroupKey {
  readonly consumer: string;
}

export async function readPending(
  redis: RedisConnection,
  { stream, group, consumer }: ConsumerKey,
  { afterId, entriesMax }: { afterId: string; entriesMax: number },
): Promise<DeliveredEntries> {
  const count = ["COUNT", entriesMax] as const;
  const read = redis.xreadgroup("GROUP", group, consumer, ...count, "STREAMS", stream, afterId);
  return deliveredOf(await redisCall(redis, "read the pending entries", read));
}

/** Waits for an entry for up to `blockMs`; 0 does not wait. */
export async function readNew(
  redis: RedisConnection,
  { stream, group, consumer }: ConsumerKey,
  { entriesMax, blockMs }: { entriesMax: number; blockMs: number },
): Promise<DeliveredEntries> {
  const reader = ["GROUP", group, consumer, "COUNT", entriesMax] as const;
  const from = ["STREAMS", stream, ">"] as const;
  // BLOCK 0 would wait for ever.
  const read =
    blockMs === 0
      ? redis.xreadgroup(...reader, ...from)
      : redis.xreadgroup(...reader, "BLOCK", blockMs, ...from);
  return deliveredOf(await redisCall(redis, "read new entries", read));
}

/** Returns how many entries were still pending. */
export async function acknowledge(
  redis: RedisConnection,
  { stream, group }: GroupKey,
  entryIds: readonly string[],
): Promise<number> {
  let acknowledged = 0;
  for (let from = 0; from < entryIds.length; from += ACKNOWLEDGED_MAX) {
    const ids = entryIds.slice(from, from + ACKNOWLEDGED_MAX);
    acknowledged += await redisCall(redis, "acknowledge", redis.xack(stream, group, ...ids));
  }
  return acknowledged;
}

function deliveredOf(reply: unknown): DeliveredEntries {
  const stream = readReply(reply)?.[0];
  return deliveredEntries(stream === undefined ? [] : stream[1]);
}

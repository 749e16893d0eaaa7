import { Type } from "@sinclair/typebox";
import type { ConsumerKey } from "../consumer-group.ts";
import { type RedisConnection, redisCall } from "../redis/redis-connection.ts";
import { replyOf } from "../redis/reply.ts";

const pendingReply = replyOf(
  Type.Array(Type.Tuple([Type.String(), Type.String(), Type.Number(), Type.Number()])),
);

/** An entry that was delivered and not acknowledged. */
export interface PendingEntry {
  readonly id: string;
  /** How often it was delivered so far. */
  readonly deliveries: number;
}

/** This consumer's oldest pending entries, at most `entriesMax`. Looking is no delivery. */
export async function oldestPending(
  redis: RedisConnection,
  { stream, group, consumer }: ConsumerKey,
  entriesMax: number,
): Promise<readonly PendingEntry[]> {
  const pending = redis.xpending(stream, group, "-", "+", entriesMax, consumer);
  const rows = pendingReply(await redisCall(redis, "look at the pending entries", pending));
  return rows.map(([id, , , deliveries]) => ({ id, deliveries }));
}

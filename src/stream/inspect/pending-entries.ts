import { Type } from "@sinclair/typebox";
import type { ConsumerKey, GroupKey } from "../consumer-group.ts";
import { redisCall } from "../redis/redis-call.ts";
import type { RedisConnection } from "../redis/redis-connection.ts";
import { replySchema } from "../redis/reply-schema.ts";

const pendingReply = replySchema(
  Type.Array(Type.Tuple([Type.String(), Type.String(), Type.Number(), Type.Number()])),
);

export interface PendingEntry {
  readonly id: string;
  readonly consumer: string;
  readonly idleMs: number;
  readonly deliveries: number;
}

export async function oldestPending(
  redis: RedisConnection,
  { stream, group, consumer }: ConsumerKey,
  entriesMax: number,
): Promise<readonly PendingEntry[]> {
  return await entriesOf(redis, redis.xpending(stream, group, "-", "+", entriesMax, consumer));
}

/** Of the group's `entriesMax` oldest pending entries, returns the ones with an idle time of 0. */
export async function findNotIdle(
  redis: RedisConnection,
  { stream, group }: GroupKey,
  entriesMax: number,
): Promise<readonly PendingEntry[]> {
  const entries = await entriesOf(redis, redis.xpending(stream, group, "-", "+", entriesMax));
  return entries.filter(({ idleMs }) => idleMs === 0);
}

async function entriesOf(
  redis: RedisConnection,
  pending: Promise<unknown>,
): Promise<readonly PendingEntry[]> {
  const rows = pendingReply(await redisCall(redis, "list the pending entries", pending));
  return rows.map(([id, consumer, idleMs, deliveries]) => ({ id, consumer, idleMs, deliveries }));
}

import { Type } from "@sinclair/typebox";
import type { ConsumerKey } from "./consumer-group.ts";
import { type RedisConnection, redisCall } from "./redis-connection.ts";
import { replyOf } from "./reply.ts";
import { deliveredEntries, EntryRows, type StreamEntry } from "./stream-entry.ts";

const claimReply = replyOf(Type.Tuple([Type.String(), EntryRows, Type.Array(Type.String())]));
const pendingReply = replyOf(
  Type.Array(Type.Tuple([Type.String(), Type.String(), Type.Number(), Type.Number()])),
);

/** One page of a claim. */
export interface ClaimedPage {
  readonly entries: readonly StreamEntry[];
  /** Pending entries that the stream no longer had; Redis has dropped them from the pending list. */
  readonly missingIds: readonly string[];
  /** Where the next page starts; `0-0` after the last. */
  readonly nextCursor: string;
}

/**
 * Takes over one page of entries that any consumer, this one included, has left unacknowledged for
 * longer than `claimIdleMs`. Redis 7 lists deleted entries apart; the cursor must be followed to `0-0`.
 */
export async function claimIdle(
  redis: RedisConnection,
  { stream, group, consumer }: ConsumerKey,
  options: { claimIdleMs: number; cursor: string; entriesMax: number },
): Promise<ClaimedPage> {
  const { claimIdleMs, cursor, entriesMax } = options;
  const claim = redis.xautoclaim(stream, group, consumer, claimIdleMs, cursor, "COUNT", entriesMax);
  const reply = claimReply(await redisCall(redis, "claim idle entries", claim));
  const [nextCursor, page, missing] = reply;
  const { entries, missingIds } = deliveredEntries(page);
  return { entries, missingIds: [...missingIds, ...missing], nextCursor };
}

/** How often each of this consumer's pending entries from `firstId` to `lastId` was delivered, by id. */
export async function deliveryCounts(
  redis: RedisConnection,
  { stream, group, consumer }: ConsumerKey,
  range: { firstId: string; lastId: string; entriesMax: number },
): Promise<ReadonlyMap<string, number>> {
  const { firstId, lastId, entriesMax } = range;
  const pending = redis.xpending(stream, group, firstId, lastId, entriesMax, consumer);
  const rows = pendingReply(await redisCall(redis, "read delivery counts", pending));
  return new Map(rows.map(([id, , , deliveries]) => [id, deliveries]));
}

import { Type } from "@sinclair/typebox";
import type { ConsumerKey } from "./consumer-group.ts";
import { type RedisConnection, redisCall } from "./redis/redis-connection.ts";
import { replyOf } from "./redis/reply.ts";

const claimReply = replyOf(
  Type.Tuple([Type.String(), Type.Array(Type.String()), Type.Array(Type.String())]),
);

/** One page of a claim. */
export interface ClaimedPage {
  /** Entries that are this consumer's now, to be read as its own pending ones. */
  readonly entryIds: readonly string[];
  /** Pending entries that the stream no longer had; Redis has dropped them from the pending list. */
  readonly missingIds: readonly string[];
  /** Where the next page starts; `0-0` after the last. */
  readonly nextCursor: string;
}

/**
 * Takes over one page of entries that any consumer, this one included, has left unacknowledged for
 * longer than `claimIdleMs`. It answers their ids only, and so is no delivery: counts stay as they are.
 * Redis 7 lists deleted entries apart; the cursor must be followed to `0-0`.
 */
export async function claimIdle(
  redis: RedisConnection,
  { stream, group, consumer }: ConsumerKey,
  options: { claimIdleMs: number; cursor: string; entriesMax: number },
): Promise<ClaimedPage> {
  const { claimIdleMs, cursor, entriesMax } = options;
  const claim = redis.xautoclaim(
    stream,
    group,
    consumer,
    claimIdleMs,
    cursor,
    "COUNT",
    entriesMax,
    "JUSTID",
  );
  const reply = claimReply(await redisCall(redis, "claim idle entries", claim));
  const [nextCursor, entryIds, missingIds] = reply;
  return { entryIds, missingIds, nextCursor };
}

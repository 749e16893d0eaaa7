import { Type } from "@sinclair/typebox";
import type { ConsumerKey } from "./consumer-group.ts";
import { redisCall } from "./redis/redis-call.ts";
import type { RedisConnection } from "./redis/redis-connection.ts";
import { replySchema } from "./redis/reply-schema.ts";

const claimReply = replySchema(
  Type.Tuple([Type.String(), Type.Array(Type.String()), Type.Array(Type.String())]),
);

export interface ClaimedPage {
  readonly entryIds: readonly string[];
  /** Deleted from the stream; Redis has removed them from the pending list. */
  readonly missingIds: readonly string[];
  /** `0-0` after the last page. */
  readonly nextCursor: string;
}

/** Claims one page of entries pending for longer than `claimIdleMs`, for any consumer. JUSTID keeps the delivery counts. */
export async function claimIdle(
  redis: RedisConnection,
  { stream, group, consumer }: ConsumerKey,
  options: { claimIdleMs: number; cursor: string; entriesMax: number },
): Promise<ClaimedPage> {
  const { claimIdleMs, cursor, entriesMax } = options;
  const page = [claimIdleMs, cursor, "COUNT", entriesMax, "JUSTID"] as const;
  const claim = redis.xautoclaim(stream, group, consumer, ...page);
  const reply = claimReply(await redisCall(redis, "claim idle entries", claim));
  const [nextCursor, entryIds, missingIds] = reply;
  return { entryIds, missingIds, nextCursor };
}

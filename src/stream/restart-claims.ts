import { Type } from "@sinclair/typebox";
import type { GroupKey } from "./consumer-group.ts";
import { type RedisConnection, redisCall } from "./redis/redis-connection.ts";
import { replyOf } from "./redis/reply.ts";
import { defineScript, runScript } from "./redis/script.ts";

const pendingReply = replyOf(
  Type.Array(Type.Tuple([Type.String(), Type.String(), Type.Number(), Type.Number()])),
);

/** A delivery that was not acknowledged. */
export interface Delivery {
  readonly id: string;
  readonly consumer: string;
}

/**
 * Restarts the idle time of deliveries. It is counted from the time of the delivery by the clock of Redis, and is 0 until
 * the clock has come to that: an entry that is still another consumer's, or whose idle time grows, is left alone.
 */
const RESTART_CLAIMS = defineScript(`#!lua flags=allow-oom
local restarted = 0
for i = 2, #ARGV, 2 do
  local row = redis.call('XPENDING', KEYS[1], ARGV[1], ARGV[i], ARGV[i], 1)[1]
  if row and row[2] == ARGV[i + 1] and row[3] == 0 then
    redis.call('XCLAIM', KEYS[1], ARGV[1], row[2], 0, row[1], 'JUSTID')
    restarted = restarted + 1
  end
end
return restarted
`);

/** Returns the deliveries, of the oldest `entriesMax` pending, that are not idle at all by the clock of Redis. */
export async function findNotIdle(
  redis: RedisConnection,
  { stream, group }: GroupKey,
  entriesMax: number,
): Promise<readonly Delivery[]> {
  const pending = redis.xpending(stream, group, "-", "+", entriesMax);
  const rows = pendingReply(await redisCall(redis, "look at the pending entries", pending));
  return rows.flatMap(([id, consumer, idleMs]) => (idleMs === 0 ? [{ id, consumer }] : []));
}

/** Restarts the idle time of deliveries. Returns how many it restarted. */
export async function restartClaims(
  redis: RedisConnection,
  { stream, group }: GroupKey,
  deliveries: readonly Delivery[],
): Promise<number> {
  const args = [group, ...deliveries.flatMap(({ id, consumer }) => [id, consumer])];
  const script = runScript(redis, RESTART_CLAIMS, { key: stream, args });
  return Number(await redisCall(redis, "restart claims", script));
}

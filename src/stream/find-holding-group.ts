import { Type } from "@sinclair/typebox";
import type { GroupKey } from "./consumer-group.ts";
import { type RedisConnection, redisCall } from "./redis-connection.ts";
import { replyOf } from "./reply.ts";

const groupsReply = replyOf(Type.Array(Type.Array(Type.Unknown())));

/**
 * The name of another group on the stream that has yet to process `entriesMin` entries or more, which
 * nobody may trim until it has; undefined when there is none.
 */
export async function findHoldingGroup(
  redis: RedisConnection,
  { stream, group }: GroupKey,
  entriesMin: number,
): Promise<string | undefined> {
  if ((await redisCall(redis, "read the stream's length", redis.xlen(stream))) < entriesMin) {
    return undefined;
  }
  const groups = redisCall(redis, "look at the groups", redis.xinfo("GROUPS", stream));
  for (const flat of groupsReply(await groups)) {
    const field = (name: string) => flat[flat.indexOf(name) + 1];
    // Redis does not know a group's lag once entries it has not read were deleted.
    const unprocessed = Number(field("lag") ?? entriesMin) + Number(field("pending"));
    if (field("name") !== group && unprocessed >= entriesMin) return String(field("name"));
  }
  return undefined;
}

import { Type } from "@sinclair/typebox";
import { type RedisConnection, redisCall } from "../redis/redis-connection.ts";
import { replyOf } from "../redis/reply.ts";

const groupsReply = replyOf(Type.Array(Type.Array(Type.Unknown())));

/** A consumer group, as Redis tells of it. */
export interface GroupState {
  readonly name: string;
  readonly pending: number;
  /** Entries it was not delivered yet; undefined where Redis does not know, once such entries were deleted. */
  readonly lag: number | undefined;
}

/** All groups on a stream; none when there is no stream. */
export async function readGroups(
  redis: RedisConnection,
  stream: string,
): Promise<readonly GroupState[]> {
  const groups = redis.xinfo("GROUPS", stream).catch((error: unknown) => {
    if (error instanceof Error && error.message === "ERR no such key") return [];
    throw error;
  });
  return groupsReply(await redisCall(redis, "look at the consumer groups", groups)).map((flat) => {
    const field = (name: string) => flat[flat.indexOf(name) + 1];
    const lag = field("lag");
    return {
      name: String(field("name")),
      pending: Number(field("pending")),
      lag: typeof lag === "number" ? lag : undefined,
    };
  });
}

import { Type } from "@sinclair/typebox";
import type { GroupKey } from "../consumer-group.ts";
import { redisCall } from "../redis/redis-call.ts";
import type { RedisConnection } from "../redis/redis-connection.ts";
import { replySchema } from "../redis/reply-schema.ts";

const Flat = Type.Array(Type.Unknown());
const streamReply = replySchema(Flat);
const groupsReply = replySchema(Type.Array(Flat));

export interface GroupState {
  readonly name: string;
  readonly consumers: number;
  readonly pending: number;
  /** Undefined after undelivered entries were deleted. */
  readonly lag: number | undefined;
}

export async function readGroups(
  redis: RedisConnection,
  stream: string,
): Promise<readonly GroupState[]> {
  const groups = orEmpty(redis.xinfo("GROUPS", stream));
  return groupsReply(await redisCall(redis, "list the consumer groups", groups)).map((flat) => {
    const lag = fieldOf(flat, "lag");
    return {
      name: String(fieldOf(flat, "name")),
      consumers: Number(fieldOf(flat, "consumers")),
      pending: Number(fieldOf(flat, "pending")),
      lag: typeof lag === "number" ? lag : undefined,
    };
  });
}

/** Returns the name of another group whose backlog blocks trimming. An unknown lag counts as `entriesMin`. */
export async function findHoldingGroup(
  redis: RedisConnection,
  { stream, group }: GroupKey,
  entriesMin: number,
): Promise<string | undefined> {
  const length = await redisCall(redis, "read the stream's length", redis.xlen(stream));
  if (length < entriesMin) return undefined;
  const groups = await readGroups(redis, stream);
  return groups.find(
    ({ name, lag = entriesMin, pending }) => name !== group && lag + pending >= entriesMin,
  )?.name;
}

/** Includes deleted entries. */
export async function readAppended(redis: RedisConnection, stream: string): Promise<number> {
  const info = orEmpty(redis.xinfo("STREAM", stream));
  const flat = streamReply(await redisCall(redis, "read the stream's state", info));
  return flat.length === 0 ? 0 : Number(fieldOf(flat, "entries-added"));
}

async function orEmpty(info: Promise<unknown>): Promise<unknown> {
  return await info.catch((error: unknown) => {
    if (error instanceof Error && error.message === "ERR no such key") return [];
    throw error;
  });
}

function fieldOf(flat: readonly unknown[], name: string): unknown {
  return flat[flat.indexOf(name) + 1];
}

import type { GroupKey } from "../consumer-group.ts";
import { type RedisConnection, redisCall } from "../redis/redis-connection.ts";
import { readGroups } from "./read-groups.ts";

/**
 * The name of another group on the stream that has yet to process `entriesMin` entries or more, which
 * nobody may trim until it has; undefined when there is none. One whose lag is unknown counts as such.
 */
export async function findHoldingGroup(
  redis: RedisConnection,
  { stream, group }: GroupKey,
  entriesMin: number,
): Promise<string | undefined> {
  if ((await redisCall(redis, "read the stream's length", redis.xlen(stream))) < entriesMin) {
    return undefined;
  }
  const groups = await readGroups(redis, stream);
  const holder = groups.find(
    ({ name, lag = entriesMin, pending }) => name !== group && lag + pending >= entriesMin,
  );
  return holder?.name;
}

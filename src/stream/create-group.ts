import type { Log } from "../log/log.ts";
import type { GroupKey } from "./consumer-group.ts";
import { readGroups } from "./inspect/read-stream.ts";
import { redisCall } from "./redis/redis-call.ts";
import type { RedisConnection } from "./redis/redis-connection.ts";

export async function ensureGroup(redis: RedisConnection, key: GroupKey, log: Log): Promise<void> {
  const { stream, group } = key;
  if ((await createGroup(redis, key)) === "created") {
    log.info({ stream, group }, "Consumer group created");
  }
}

/**
 * Starts the group at `0`, for entries appended before. Looks first, because a Redis out of memory refuses XGROUP CREATE even for
 * an existing group.
 *
 * @throws QueueFlowError `stream_unavailable`; `stream_full` when Redis is out of memory.
 */
export async function createGroup(
  redis: RedisConnection,
  { stream, group }: GroupKey,
): Promise<"created" | "existed"> {
  const groups = await readGroups(redis, stream);
  if (groups.some(({ name }) => name === group)) return "existed";
  const creation = redis.xgroup("CREATE", stream, group, "0", "MKSTREAM").then(
    () => "created" as const,
    (error: unknown) => {
      if (error instanceof Error && error.message.startsWith("BUSYGROUP")) {
        return "existed" as const;
      }
      throw error;
    },
  );
  return await redisCall(redis, "create the consumer group", creation);
}

export function isGroupMissing(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (/^(NOGROUP|UNBLOCKED)/.test(error.message)) return true;
  return isGroupMissing(error.cause);
}

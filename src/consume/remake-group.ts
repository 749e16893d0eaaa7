import type { Log } from "../log/log.ts";
import { createGroup, type GroupKey, isGroupMissing } from "../stream/consumer-group.ts";
import type { RedisConnection } from "../stream/redis/redis-connection.ts";

/**
 * Makes the group again when `error` says that it is gone: deleted, flushed, or lost with a failover to an
 * empty replica. It starts at the stream's first entry; what was processed before counts once. However
 * many threads find it gone, only the one that makes it says so. Answers whether the group is there again.
 */
export async function remakeGroup(
  error: unknown,
  { redis, key, log }: { redis: RedisConnection; key: GroupKey; log: Log },
): Promise<boolean> {
  if (!isGroupMissing(error)) return false;
  try {
    if ((await createGroup(redis, key)) === "created") {
      log.error(
        { stream: key.stream, group: key.group },
        "The consumer group was gone: it was made again, at the stream's first entry",
      );
    }
    return true;
  } catch {
    // The next call fails the same way and comes back here.
    return false;
  }
}

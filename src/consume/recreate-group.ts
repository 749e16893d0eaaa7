import { createGroup, isGroupMissing } from "../stream/consumer-group.ts";
import type { StoringContext } from "./storing-context.ts";

/**
 * Creates the group again when `error` says that it is gone: deleted, flushed, or lost in a failover to an empty replica. It
 * starts at the stream's first entry; what was stored before counts once. Of all threads, the one that creates it logs.
 * Returns whether the group exists again.
 */
export async function recreateGroup(
  error: unknown,
  { redis, key, log }: Pick<StoringContext, "redis" | "key" | "log">,
): Promise<boolean> {
  if (!isGroupMissing(error)) return false;
  try {
    if ((await createGroup(redis, key)) === "created") {
      log.error(
        { stream: key.stream, group: key.group },
        "The consumer group was gone: it was created again, at the stream's first entry",
      );
    }
    return true;
  } catch {
    // The caller's next call fails the same way and comes back here.
    return false;
  }
}

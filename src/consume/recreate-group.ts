import { createGroup, isGroupMissing } from "../stream/create-group.ts";
import type { StoringContext } from "./storing-context.ts";

/** Creates the group again if `error` says that it is gone. Stored entries are delivered again, and count once. */
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

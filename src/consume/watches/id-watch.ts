import { Condition } from "../../log/condition.ts";
import { IDS_AHEAD_MS_OK, readBacklog } from "../../stream/inspect/read-backlog.ts";
import { aheadRemedy, exhaustedRemedy } from "../../stream/inspect/stream-remedy.ts";
import type { StoringContext } from "../storing-context.ts";

/** Returns a check that logs when the stream's ids are in the future, or when it has used the last one. */
export function watchIds({
  redis,
  key,
  log,
}: Pick<StoringContext, "redis" | "key" | "log">): () => Promise<void> {
  const condition = new Condition(log, "Stream ids are the time of Redis again");
  const { stream } = key;
  return async () => {
    const { idsAheadMs, isExhausted } = await readBacklog(redis, key);
    if (isExhausted) {
      const message = "The stream has used the last possible id: Redis takes no events";
      const fields = { stream, remedy: exhaustedRemedy(stream) };
      condition.change({ level: "error", message, fields });
    } else if (idsAheadMs > IDS_AHEAD_MS_OK) {
      const aheadS = Math.round(idsAheadMs / 1_000);
      const fields = { stream, aheadS, remedy: aheadRemedy(stream) };
      condition.change({ level: "warn", message: "Stream ids are in the future", fields });
    } else {
      condition.recover({ stream });
    }
  };
}

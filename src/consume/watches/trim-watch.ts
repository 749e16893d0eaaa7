import { Condition } from "../../log/condition.ts";
import { findHoldingGroup } from "../../stream/inspect/read-stream.ts";
import { HELD_PART } from "../../stream/stream-marks.ts";
import type { StoringContext } from "../storing-context.ts";

/** Returns a check that logs when another group keeps a large part of the stream from being trimmed. */
export function watchTrimming(
  { redis, key, log }: Pick<StoringContext, "redis" | "key" | "log">,
  { streamLengthMax }: { streamLengthMax: number },
): () => Promise<void> {
  const condition = new Condition(log, "No other group keeps the stream from being trimmed");
  return async () => {
    const group = await findHoldingGroup(redis, key, Math.ceil(streamLengthMax * HELD_PART));
    if (group === undefined) return condition.recover();
    condition.change({
      level: "warn",
      message:
        "Another group leaves entries unprocessed, which keeps them in the stream: when it is full, events are refused",
      fields: { group },
      cause: group,
    });
  };
}

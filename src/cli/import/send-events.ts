import type { AnalyticsEvent } from "../../event/event.ts";
import type { EventProducer } from "../../stream/producer.ts";
import { type RetryOptions, retry } from "../retry.ts";

export interface SendOptions {
  readonly sending: RetryOptions;
  readonly onAccepted: (events: readonly AnalyticsEvent[]) => void;
}

/**
 * Appends events, at most as many as may wait in the producer, and returns the id of the last entry. Events that were
 * not accepted, because Redis is unavailable or the stream is full, are sent again with their ids: one that arrived
 * after all counts once.
 *
 * @throws QueueFlowError of the last failure when nothing is accepted for `giveUpMs`.
 */
export async function sendEvents(
  producer: Pick<EventProducer, "append">,
  events: readonly AnalyticsEvent[],
  { sending, onAccepted }: SendOptions,
): Promise<string> {
  let lastEntryId = "";
  let unsent = events;
  await retry(sending, async (onProgress) => {
    const results = await Promise.allSettled(unsent.map((event) => producer.append([event])));
    const accepted = unsent.filter((_, index) => results[index]?.status === "fulfilled");
    unsent = unsent.filter((_, index) => results[index]?.status === "rejected");
    onAccepted(accepted);
    if (accepted.length > 0) onProgress();
    // Flushes are sequential, so the last accepted event has the newest id.
    lastEntryId = results.findLast((result) => result.status === "fulfilled")?.value ?? lastEntryId;
    const failure = results.find((result) => result.status === "rejected");
    if (failure !== undefined) throw failure.reason;
  });
  return lastEntryId;
}

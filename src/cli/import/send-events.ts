import type { AnalyticsEvent } from "../../event/event.ts";
import type { Producer } from "../../stream/producer.ts";
import { type Patience, untilDone } from "./patience.ts";

/**
 * Appends events, at most as many as the producer lets wait, and answers the id of the last entry.
 * While Redis is away or the stream is full, those that did not get through are sent again, with
 * their ids, so that one which had arrived after all counts once. `onAccepted` hears which got through.
 *
 * @throws QueueFlowError of the last failure when nothing got through for `patienceMs`.
 */
export async function sendEvents(
  producer: Producer,
  events: readonly AnalyticsEvent[],
  options: Patience & { readonly onAccepted: (events: readonly AnalyticsEvent[]) => void },
): Promise<string> {
  let lastEntryId = "";
  let unsent = events;
  await untilDone(options, async () => {
    const results = await Promise.allSettled(unsent.map((event) => producer.append([event])));
    const accepted = unsent.filter((_, index) => results[index]?.status === "fulfilled");
    unsent = unsent.filter((_, index) => results[index]?.status === "rejected");
    options.onAccepted(accepted);
    // Flushes follow one another, so the last that got through has the newest id.
    lastEntryId = results.findLast((result) => result.status === "fulfilled")?.value ?? lastEntryId;
    const failure = results.find((result) => result.status === "rejected");
    if (failure === undefined) return { kind: "done" };
    return { kind: accepted.length > 0 ? "progress" : "failed", error: failure.reason };
  });
  return lastEntryId;
}

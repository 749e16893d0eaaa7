import type { AnalyticsEvent } from "../../event/event.ts";
import type { Producer } from "../../stream/producer.ts";
import type { ImportTally } from "./import-tally.ts";
import { lineEvent } from "./line-event.ts";
import type { Patience } from "./patience.ts";
import { readLines } from "./read-lines.ts";
import { sendEvents } from "./send-events.ts";

/** How many events are sent at a time, and so the most that wait for Redis. */
export const SEND_EVENTS_MAX = 4_096;

/** What goes where. */
export interface SendAccessLogOptions {
  readonly chunks: AsyncIterable<Uint8Array>;
  readonly siteId: string;
  /** Kept up to date throughout, so that it tells how far a failed import got. */
  readonly tally: ImportTally;
  readonly patience: Patience;
  /** Called whenever the tally has grown by accepted events, and at the end. */
  readonly onProgress: () => void;
}

/**
 * Sends each line of an access log as an event, a window at a time, and answers the id of the last
 * entry; undefined when there was no event in it.
 */
export async function sendAccessLog(
  producer: Producer,
  options: SendAccessLogOptions,
): Promise<string | undefined> {
  const { chunks, siteId, tally, patience, onProgress } = options;
  const context = { siteId, nowMs: Date.now() };
  let lastEntryId: string | undefined;
  let window: AnalyticsEvent[] = [];
  const onAccepted = (events: readonly AnalyticsEvent[]): void => {
    tally.accept(events);
    onProgress();
  };
  const sendWindow = async (): Promise<void> => {
    if (window.length === 0) return;
    lastEntryId = await sendEvents(producer, window, { ...patience, onAccepted });
    window = [];
  };
  for await (const line of readLines(chunks)) {
    tally.linesRead += 1;
    const outcome = lineEvent(line, context);
    if (outcome.kind === "skipped") {
      tally.skip({ number: line.number, reason: outcome.reason, why: outcome.why });
    } else {
      window.push(outcome.event);
      if (outcome.ending === "cut") tally.cut(line.number);
    }
    if (window.length === SEND_EVENTS_MAX) await sendWindow();
  }
  await sendWindow();
  onProgress();
  return lastEntryId;
}

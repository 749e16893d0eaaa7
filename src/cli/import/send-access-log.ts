import type { AnalyticsEvent } from "../../event/event.ts";
import type { LineOutcome } from "../../importers/line-event.ts";
import { LineSplitter } from "../../importers/line-splitter.ts";
import { LogReader, type LogReaderOptions } from "../../importers/log-reader.ts";
import type { Producer } from "../../stream/producer.ts";
import type { ImportTally } from "./import-tally.ts";
import type { Patience } from "./patience.ts";
import { sendEvents } from "./send-events.ts";
import { withPauses } from "./with-pauses.ts";

/** How many events are sent at a time, and so the most that wait for Redis. */
export const SEND_EVENTS_MAX = 4_096;
/** How long a line may wait for others to be sent with. */
const SEND_INTERVAL_MS = 1_000;

/** What goes where. */
export interface SendAccessLogOptions extends LogReaderOptions {
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Whether the last line counts without a newline. */
  readonly complete: boolean;
  /** Kept up to date throughout, so that it tells how far a failed import got. */
  readonly tally: ImportTally;
  readonly patience: Patience;
  /** Called whenever the tally has grown by accepted events, and at the end. */
  readonly onProgress: () => void;
}

/**
 * Sends each line of an access log as an event, a window at a time and each within seconds, and returns
 * the id of the last entry; undefined when there was no event in it. When the log cannot be read to its
 * end, the lines before count.
 */
export async function sendAccessLog(
  producer: Producer,
  options: SendAccessLogOptions,
): Promise<string | undefined> {
  const { chunks, complete, tally } = options;
  const splitter = new LineSplitter();
  const reader = new LogReader(options);
  const window = new Window(producer, options);
  let waitingSinceMs = performance.now();
  try {
    for await (const chunk of withPauses(chunks, SEND_INTERVAL_MS)) {
      for (const line of chunk === undefined ? [] : splitter.push(chunk)) {
        // The clock is read for every line: a pipe may be fed for days.
        for (const outcome of reader.read(line, Date.now())) await window.add(outcome);
      }
      if (chunk === undefined || performance.now() - waitingSinceMs >= SEND_INTERVAL_MS) {
        for (const outcome of reader.decide(Date.now())) await window.add(outcome);
        await window.send();
        waitingSinceMs = performance.now();
      }
    }
    const rest = splitter.rest();
    if (rest !== undefined && complete) {
      for (const outcome of reader.read(rest, Date.now())) await window.add(outcome);
    } else {
      tally.unfinishedLine = rest?.number;
    }
  } finally {
    for (const outcome of reader.decide(Date.now())) await window.add(outcome);
    await window.send();
    tally.format = reader.format?.name;
    options.onProgress();
  }
  return window.lastEntryId;
}

/** Events on their way. */
class Window {
  lastEntryId: string | undefined;
  readonly #producer: Producer;
  readonly #options: SendAccessLogOptions;
  #events: AnalyticsEvent[] = [];

  constructor(producer: Producer, options: SendAccessLogOptions) {
    this.#producer = producer;
    this.#options = options;
  }

  /** Takes what became of a line; sends when it is full. */
  async add(outcome: LineOutcome): Promise<void> {
    this.#options.tally.read(outcome);
    if (outcome.kind !== "event") return;
    this.#events.push(outcome.event);
    if (this.#events.length === SEND_EVENTS_MAX) await this.send();
  }

  async send(): Promise<void> {
    const events = this.#events;
    this.#events = [];
    if (events.length === 0) return;
    const { tally, patience, onProgress } = this.#options;
    this.lastEntryId = await sendEvents(this.#producer, events, {
      ...patience,
      onAccepted: (accepted) => {
        tally.accept(accepted);
        onProgress();
      },
    });
  }
}

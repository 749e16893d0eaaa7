import { withDeadline } from "../../async/deadline.ts";
import type { AnalyticsEvent } from "../../event/event.ts";
import type { LineOutcome } from "../../importers/line-event.ts";
import { LineSplitter } from "../../importers/line-splitter.ts";
import { LogReader, type LogReaderOptions } from "../../importers/log-reader.ts";
import type { Producer } from "../../stream/producer.ts";
import type { RetryOptions } from "../retry.ts";
import type { ImportTally } from "./import-tally.ts";
import { sendEvents } from "./send-events.ts";

/** Events per send, and so the most that wait in the producer. */
export const SEND_EVENTS_MAX = 4_096;
/** A line waits at most this long for others to be sent with. */
const SEND_INTERVAL_MS = 1_000;

export interface SendAccessLogOptions extends LogReaderOptions {
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Whether a last line without a newline is sent. */
  readonly complete: boolean;
  /** The progress of the import, also when it fails. */
  readonly tally: ImportTally;
  readonly sending: RetryOptions;
  /** Called when events were accepted, and at the end. */
  readonly onProgress: () => void;
}

/**
 * Sends each line of an access log as an event, and returns the id of the last entry, or undefined when there were no
 * events. When the log cannot be read to its end, the lines before that are sent.
 */
export async function sendAccessLog(
  producer: Producer,
  options: SendAccessLogOptions,
): Promise<string | undefined> {
  const { chunks, complete, tally } = options;
  const splitter = new LineSplitter();
  const reader = new LogReader(options);
  const sender = new Sender(producer, options);
  let sentAtMs = performance.now();
  try {
    for await (const chunk of withPauses(chunks, SEND_INTERVAL_MS)) {
      for (const line of chunk === undefined ? [] : splitter.push(chunk)) {
        // Reads the clock for each line: a pipe may stay open for days.
        for (const outcome of reader.read(line, Date.now())) await sender.add(outcome);
      }
      if (chunk === undefined || performance.now() - sentAtMs >= SEND_INTERVAL_MS) {
        for (const outcome of reader.decide(Date.now())) await sender.add(outcome);
        await sender.send();
        sentAtMs = performance.now();
      }
    }
    const rest = splitter.rest();
    if (rest !== undefined && complete) {
      for (const outcome of reader.read(rest, Date.now())) await sender.add(outcome);
    } else {
      tally.unfinishedLine = rest?.number;
    }
  } finally {
    for (const outcome of reader.decide(Date.now())) await sender.add(outcome);
    await sender.send();
    tally.format = reader.format?.name;
    options.onProgress();
  }
  return sender.lastEntryId;
}

/** Yields the items of `source`, and undefined whenever none has come for `pauseMs`. */
async function* withPauses<Item>(
  source: AsyncIterable<Item>,
  pauseMs: number,
): AsyncGenerator<Item | undefined> {
  const iterator = source[Symbol.asyncIterator]();
  let next = iterator.next();
  for (;;) {
    const result = await withDeadline(next, { deadlineMs: pauseMs, onLate: () => undefined });
    if (result?.done === true) return;
    yield result?.value;
    if (result !== undefined) next = iterator.next();
  }
}

/** Collects events and sends them in groups of at most `SEND_EVENTS_MAX`. */
class Sender {
  lastEntryId: string | undefined;
  readonly #producer: Producer;
  readonly #options: SendAccessLogOptions;
  #events: AnalyticsEvent[] = [];

  constructor(producer: Producer, options: SendAccessLogOptions) {
    this.#producer = producer;
    this.#options = options;
  }

  /** Counts the outcome of a line and takes its event. */
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
    const { tally, sending, onProgress } = this.#options;
    this.lastEntryId = await sendEvents(this.#producer, events, {
      sending,
      onAccepted: (accepted) => {
        tally.accept(accepted);
        onProgress();
      },
    });
  }
}

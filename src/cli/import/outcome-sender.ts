import type { AnalyticsEvent } from "../../event/event.ts";
import type { LineOutcome } from "../../importers/line-event.ts";
import type { EventProducer } from "../../stream/producer.ts";
import type { RetryOptions } from "../retry.ts";
import type { ImportTally } from "./import-tally.ts";
import { sendEvents } from "./send-events.ts";

/** Events per send, and so the most that wait in the producer. */
export const SEND_EVENTS_MAX = 4_096;

export interface OutcomeSenderOptions {
  /** The progress of the import, also when it fails. */
  readonly tally: ImportTally;
  readonly sending: RetryOptions;
  /** Called when events were accepted, and at the end. */
  readonly onProgress: () => void;
}

/** Collects events and sends them in groups of at most `SEND_EVENTS_MAX`. */
export class OutcomeSender {
  lastEntryId: string | undefined;
  readonly #producer: Pick<EventProducer, "append">;
  readonly #options: OutcomeSenderOptions;
  #events: AnalyticsEvent[] = [];

  constructor(producer: Pick<EventProducer, "append">, options: OutcomeSenderOptions) {
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

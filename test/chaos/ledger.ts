import { type EventBody, SentEvent } from "./sent-event.ts";

/** An entry of another program that cannot be stored. */
export interface BadEntry {
  /** The entry's field `marker`. */
  readonly marker: string;
  /** Whether Redis has confirmed it. */
  isAppended: boolean;
}

/** Everything that clients and other programs sent in a round. */
export class Ledger {
  /** By tag. */
  readonly events = new Map<string, SentEvent>();
  /** By marker. */
  readonly badEntries = new Map<string, BadEntry>();
  /** Number of responses by status; 0 counts attempts without a response. */
  readonly statuses = new Map<number, number>();
  #accepted = 0;
  readonly #waiters = new Set<{ readonly accepted: number; readonly reached: () => void }>();

  /** Number of 202 responses. */
  get accepted(): number {
    return this.#accepted;
  }

  add(body: EventBody): SentEvent {
    const event = new SentEvent(body);
    this.events.set(event.tag, event);
    return event;
  }

  addBad(marker: string): BadEntry {
    const entry = { marker, isAppended: false };
    this.badEntries.set(marker, entry);
    return entry;
  }

  /** Records the response to an attempt, with its `eventId`. */
  note(
    event: SentEvent,
    answer: { status: number; eventId?: string; wasAnonymous: boolean },
  ): void {
    const { status, eventId, wasAnonymous } = answer;
    this.statuses.set(status, (this.statuses.get(status) ?? 0) + 1);
    if (eventId !== undefined) event.possibleIds.add(eventId);
    else if (wasAnonymous) event.unanswered += 1;
    if (status !== 202 || eventId === undefined) return;
    event.acceptedIds.add(eventId);
    this.#accepted += 1;
    for (const waiter of this.#waiters) if (this.#accepted >= waiter.accepted) waiter.reached();
  }

  /** Records an entry that was read from the stream. */
  noteEntry(tag: string | undefined, eventId: string | undefined): void {
    const event = this.events.get(tag ?? "");
    if (event === undefined) return; // A bad entry.
    event.entries += 1;
    if (eventId !== undefined) event.streamedIds.add(eventId);
  }

  /** Resolves after `more` further 202 responses. */
  async untilAccepted(more: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiter = { accepted: this.#accepted + more, reached: resolve };
    this.#waiters.add(waiter);
    await promise;
    this.#waiters.delete(waiter);
  }
}

import { type EventBody, SentEvent } from "./sent-event.ts";

/** An entry of another program that can never be stored. */
export interface BadEntry {
  /** What the entry's field `marker` says. */
  readonly marker: string;
  /** Whether Redis has said that it has it. */
  isAppended: boolean;
}

/** All that the clients of a round, and the other programs, have sent. */
export class Ledger {
  /** By tag. */
  readonly events = new Map<string, SentEvent>();
  /** By marker. */
  readonly badEntries = new Map<string, BadEntry>();
  /** How often each status was answered; 0 counts attempts that got no answer. */
  readonly statuses = new Map<number, number>();
  #accepted = 0;
  readonly #waiters = new Set<{ readonly accepted: number; readonly reached: () => void }>();

  /** How many times a client was told 202. */
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

  /** Notes what an attempt was answered; `eventId` is that of the answer. */
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

  /** Notes an entry that was seen in the stream. */
  noteEntry(tag: string | undefined, eventId: string | undefined): void {
    const event = this.events.get(tag ?? "");
    if (event === undefined) return; // A bad one.
    event.entries += 1;
    if (eventId !== undefined) event.streamedIds.add(eventId);
  }

  /** Resolves when clients were told 202 so many times more. */
  async untilAccepted(more: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiter = { accepted: this.#accepted + more, reached: resolve };
    this.#waiters.add(waiter);
    await promise;
    this.#waiters.delete(waiter);
  }
}

import { eventIdOf } from "../../src/event/event-id.ts";

/** What a client sends, in the API's own words. `event_type` is a tag that no other event of the round has. */
export interface EventBody {
  readonly site_id: string;
  readonly event_type: string;
  readonly path: string;
  readonly user_id: string;
  readonly timestamp: string;
  readonly event_id?: string;
}

/** One event of a client, with all that is known of what became of it. */
export class SentEvent {
  readonly body: EventBody;
  /** Ids answered with 202: each must be stored. */
  readonly acceptedIds = new Set<string>();
  /** Ids that it was sent under, or that a 503 told: each may be stored. */
  readonly possibleIds = new Set<string>();
  /** How often it was sent without an id and got no answer: as many more rows may be stored. */
  unanswered = 0;

  constructor(body: EventBody) {
    this.body = body;
    if (body.event_id !== undefined) this.possibleIds.add(eventIdOf(body.site_id, body.event_id));
  }

  get tag(): string {
    return this.body.event_type;
  }

  /** What is wrong with the rows that carry its tag, given their ids. */
  problemWith(storedIds: readonly string[]): string | undefined {
    const missing = [...this.acceptedIds].filter((id) => !storedIds.includes(id));
    if (missing.length > 0) return `accepted as ${missing.join(", ")} and not stored`;
    if (new Set(storedIds).size < storedIds.length) return "stored twice under one id";
    const unknown = storedIds.filter((id) => !this.possibleIds.has(id));
    if (unknown.length > this.unanswered) return `stored as ${unknown.join(", ")}, never sent so`;
    return undefined;
  }
}

/** All that the clients of a round have sent, by tag. */
export class Ledger {
  readonly events = new Map<string, SentEvent>();
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

  /** Resolves when clients were told 202 so many times more. */
  async untilAccepted(more: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiter = { accepted: this.#accepted + more, reached: resolve };
    this.#waiters.add(waiter);
    await promise;
    this.#waiters.delete(waiter);
  }
}

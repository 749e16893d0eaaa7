import { eventIdOf } from "../../src/event/event-id.ts";

/** The body of a request. `event_type` is unique in the round and identifies the event. */
export interface EventBody {
  readonly site_id: string;
  readonly event_type: string;
  readonly path: string;
  readonly user_id: string;
  readonly timestamp: string;
  readonly event_id?: string;
}

/** An event of a client, and everything observed about it. */
export class SentEvent {
  readonly body: EventBody;
  /** Ids of 202 responses: each must be stored. */
  readonly acceptedIds = new Set<string>();
  /** Ids that were sent, or that a 503 contained: each may be stored. */
  readonly possibleIds = new Set<string>();
  /** Number of requests without an id and without a response: each may have stored one more row. */
  unanswered = 0;
  /** Number of requests. */
  attempts = 0;
  /** Number of its entries that were read from the stream, and their ids. */
  entries = 0;
  readonly streamedIds = new Set<string>();

  constructor(body: EventBody) {
    this.body = body;
    if (body.event_id !== undefined) this.possibleIds.add(eventIdOf(body.site_id, body.event_id));
  }

  get tag(): string {
    return this.body.event_type;
  }

  /** Returns what is wrong with its rows, given their ids. */
  problemWith(storedIds: readonly string[]): string | undefined {
    const missing = [...this.acceptedIds].filter((id) => !storedIds.includes(id));
    if (missing.length > 0) return `accepted as ${missing.join(", ")} but not stored`;
    if (new Set(storedIds).size < storedIds.length) return "stored twice with one id";
    const unknown = storedIds.filter((id) => !this.possibleIds.has(id));
    if (unknown.length > this.unanswered)
      return `stored as ${unknown.join(", ")}, which was never sent`;
    return this.#problemInStream();
  }

  #problemInStream(): string | undefined {
    const unseen = [...this.acceptedIds].filter((id) => !this.streamedIds.has(id));
    if (unseen.length > 0)
      return `accepted as ${unseen.join(", ")}, which the other group never read`;
    if (this.entries > this.attempts)
      return `appended ${this.entries} times but sent ${this.attempts} times`;
    return undefined;
  }
}

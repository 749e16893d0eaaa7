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
  /** How often it was sent. */
  attempts = 0;
  /** How many entries of it were seen in the stream, and their ids. */
  entries = 0;
  readonly streamedIds = new Set<string>();

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
    return this.#problemInStream();
  }

  #problemInStream(): string | undefined {
    const unseen = [...this.acceptedIds].filter((id) => !this.streamedIds.has(id));
    if (unseen.length > 0)
      return `accepted as ${unseen.join(", ")}, which another group on the stream never saw`;
    if (this.entries > this.attempts)
      return `appended ${this.entries} times and sent ${this.attempts} times`;
    return undefined;
  }
}

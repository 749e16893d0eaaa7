import { Stopwatch } from "../async/stopwatch.ts";
import { errorText } from "../errors.ts";
import { keepClaim } from "../stream/keep-claim.ts";
import type { StreamEntry } from "../stream/stream-entry.ts";
import type { StoringContext } from "./storing-context.ts";

/** Redis takes about 4 µs per entry: after failed attempts, 1 % of its time. */
const CONFIRMED_MS_PER_ENTRY = 0.4;

type ClaimContext = Pick<StoringContext, "redis" | "key" | "claimIdleMs" | "log">;

/**
 * A consumer's claim on delivered entries. Another consumer takes over those idle for `claimIdleMs`: the claim is trusted for a
 * third of that time, and then confirmed with Redis.
 */
export class Claim {
  readonly #context: ClaimContext;
  #entryIds: readonly string[];
  #sinceConfirmed: Stopwatch;
  #trustedForMs: number;
  readonly #lost = new Set<string>();

  /** `sinceDelivery` was started before Redis was asked for the entries. */
  constructor(context: ClaimContext, entries: readonly StreamEntry[], sinceDelivery: Stopwatch) {
    this.#context = context;
    this.#entryIds = entries.map(({ id }) => id);
    this.#sinceConfirmed = sinceDelivery;
    this.#trustedForMs = context.claimIdleMs / 3;
  }

  confirmSooner(): void {
    const dueMs = this.#entryIds.length * CONFIRMED_MS_PER_ENTRY;
    this.#trustedForMs = Math.min(this.#trustedForMs, dueMs);
  }

  release(entryIds: readonly string[]): void {
    const released = new Set(entryIds);
    this.#entryIds = this.#entryIds.filter((id) => !released.has(id));
  }

  /** Returns the ids of entries that others have taken over; none while Redis is away, as this process may hold the only copy. */
  async findLost(entries: readonly StreamEntry[]): Promise<ReadonlySet<string>> {
    if (this.#sinceConfirmed.elapsedMs >= this.#trustedForMs) await this.#confirm();
    return new Set(entries.map(({ id }) => id).filter((id) => this.#lost.has(id)));
  }

  async #confirm(): Promise<void> {
    const { redis, key, log } = this.#context;
    const sinceAsked = new Stopwatch();
    try {
      const { lost, deleted } = await keepClaim(redis, key, this.#entryIds);
      this.release([...lost, ...deleted]);
      this.#sinceConfirmed = sinceAsked;
      for (const id of lost) this.#lost.add(id);
    } catch (error) {
      log.debug({ error: errorText(error) }, "The claim on the batch could not be confirmed");
    }
  }
}

import { Stopwatch } from "../async/stopwatch.ts";
import { errorText } from "../errors.ts";
import { keepClaim } from "../stream/keep-claim.ts";
import type { StreamEntry } from "../stream/stream-entry.ts";
import type { StoringContext } from "./storing-context.ts";

/** Redis takes about 4 µs to confirm the claim on an entry; after failed attempts that may take 1 % of its time. */
const CONFIRMED_MS_PER_ENTRY = 0.4;

type ClaimContext = Pick<StoringContext, "redis" | "key" | "claimIdleMs" | "log">;

/**
 * A consumer's claim on the entries of a delivery. While this process is suspended or waits for PostgreSQL, another consumer
 * may take over and store entries that have been idle for `claimIdleMs`. The claim is trusted for a third of that time, less
 * after a failed attempt, and then confirmed with Redis.
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

  /** Confirms the claim sooner from now on: an attempt to store the entries has failed. */
  confirmSooner(): void {
    const dueMs = this.#entryIds.length * CONFIRMED_MS_PER_ENTRY;
    this.#trustedForMs = Math.min(this.#trustedForMs, dueMs);
  }

  /** Gives up the claim on entries that are acknowledged. */
  release(entryIds: readonly string[]): void {
    const released = new Set(entryIds);
    this.#entryIds = this.#entryIds.filter((id) => !released.has(id));
  }

  /**
   * Returns the ids of those entries that other consumers have taken over or finished, as far as Redis can tell. When Redis
   * is away or has lost the group, this process may hold the only copy, and storing an entry twice counts it once.
   */
  async findLost(entries: readonly StreamEntry[]): Promise<ReadonlySet<string>> {
    if (this.#sinceConfirmed.elapsedMs >= this.#trustedForMs) await this.#confirm();
    return new Set(entries.map(({ id }) => id)).intersection(this.#lost);
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

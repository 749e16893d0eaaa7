import { Stopwatch } from "../async/stopwatch.ts";
import { errorText } from "../errors.ts";
import { keepClaim } from "../stream/keep-claim.ts";
import type { StreamEntry } from "../stream/stream-entry.ts";
import type { StoringContext } from "./storing-context.ts";

/** Redis takes about 4 µs per entry: after failed attempts, 1 % of its time. */
const CONFIRMED_MS_PER_ENTRY = 0.4;

type ClaimContext = Pick<StoringContext, "redis" | "key" | "claimIdleMs" | "log">;

/** The last `forget` that a thread knows of; undefined before the first. */
export interface KnownForget {
  at: string | undefined;
}

/**
 * A consumer's claim on delivered entries. Another consumer takes over those idle for `claimIdleMs`: the claim is trusted for a
 * third of that time, and then confirmed with Redis.
 */
export class Claim {
  readonly #context: ClaimContext;
  #entryIds: readonly string[];
  #sinceConfirmed: Stopwatch;
  #trustedForMs: number;
  readonly #knownForget: KnownForget;
  readonly #lost = new Set<string>();

  /** `since` was started before Redis was asked for the entries, and `knownForget` is from before, too. */
  constructor(
    context: ClaimContext,
    entries: readonly StreamEntry[],
    { since, knownForget }: { since: Stopwatch; knownForget: KnownForget },
  ) {
    this.#context = context;
    this.#knownForget = knownForget;
    this.#entryIds = entries.map(({ id }) => id);
    this.#sinceConfirmed = since;
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

  /**
   * Returns the ids of entries that others have taken over; none while Redis is away, as this process may hold the only copy. After a
   * new `forget` it asks at once: others may have stored the entries, and no row would identify a repeat.
   */
  async findLost(
    entries: readonly StreamEntry[],
    forgottenAt = this.#knownForget.at,
  ): Promise<ReadonlySet<string>> {
    const isNew = forgottenAt !== this.#knownForget.at;
    if (isNew || this.#sinceConfirmed.elapsedMs >= this.#trustedForMs) {
      const isConfirmed = await this.#confirm();
      if (isConfirmed) this.#knownForget.at = forgottenAt;
    }
    return new Set(entries.map(({ id }) => id).filter((id) => this.#lost.has(id)));
  }

  async #confirm(): Promise<boolean> {
    const { redis, key, log } = this.#context;
    const sinceAsked = new Stopwatch();
    try {
      const { lost, deleted } = await keepClaim(redis, key, this.#entryIds);
      this.release([...lost, ...deleted]);
      this.#sinceConfirmed = sinceAsked;
      for (const id of lost) this.#lost.add(id);
      return true;
    } catch (error) {
      log.debug({ error: errorText(error) }, "The claim on the batch could not be confirmed");
      return false;
    }
  }
}

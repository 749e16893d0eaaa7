import { Stopwatch } from "../async/stopwatch.ts";
import { errorText } from "../errors.ts";
import type { Log } from "../log/log.ts";
import type { ConsumerKey } from "../stream/consumer-group.ts";
import { keepClaim } from "../stream/keep-claim.ts";
import type { RedisConnection } from "../stream/redis/redis-connection.ts";

/** Redis takes about 4 µs to confirm the claim on an entry; after failed attempts that may be 1 % of its time. */
const CONFIRMED_MS_PER_ENTRY = 0.4;

/** Whose claim it is, and how long Redis leaves idle entries with a consumer. */
export interface ClaimOptions {
  readonly redis: RedisConnection;
  readonly key: ConsumerKey;
  readonly claimIdleMs: number;
  readonly log: Log;
}

/**
 * A consumer's claim on the entries of a batch. Another consumer may take over entries that have been idle for
 * `claimIdleMs`, and finish them, while this process is suspended or waits for PostgreSQL. Within a third of that time
 * nothing needs to be asked; after that, and sooner after a failed attempt, Redis says which entries are still this
 * consumer's.
 */
export class Claim {
  readonly #options: ClaimOptions;
  #entryIds: readonly string[];
  #sinceConfirmed: Stopwatch;
  #confirmedForMs: number;
  readonly #lost = new Set<string>();

  /** `sinceDelivery` was started before Redis was asked for the entries. */
  constructor(options: ClaimOptions, entryIds: readonly string[], sinceDelivery: Stopwatch) {
    this.#options = options;
    this.#entryIds = entryIds;
    this.#sinceConfirmed = sinceDelivery;
    this.#confirmedForMs = options.claimIdleMs / 3;
  }

  /** Makes `findLost` ask sooner, after an attempt to store the entries has failed. */
  doubt(): void {
    const dueMs = this.#entryIds.length * CONFIRMED_MS_PER_ENTRY;
    this.#confirmedForMs = Math.min(this.#confirmedForMs, dueMs);
  }

  /** Gives up the claim on entries that are acknowledged. */
  finish(entryIds: readonly string[]): void {
    const finished = new Set(entryIds);
    this.#entryIds = this.#entryIds.filter((id) => !finished.has(id));
  }

  /**
   * Confirms the claim where it may have lapsed. Returns the ids of all entries that other consumers are known to have
   * taken over or finished. It learns of none when Redis is away or has lost the group: the entries may then be in this
   * process only, and storing one that is stored already counts once.
   */
  async findLost(): Promise<ReadonlySet<string>> {
    const { redis, key, log } = this.#options;
    if (this.#sinceConfirmed.elapsedMs < this.#confirmedForMs) return this.#lost;
    const sinceAsked = new Stopwatch();
    try {
      const { lost, deleted } = await keepClaim(redis, key, this.#entryIds);
      const gone = new Set([...lost, ...deleted]);
      this.#entryIds = this.#entryIds.filter((id) => !gone.has(id));
      this.#sinceConfirmed = sinceAsked;
      for (const id of lost) this.#lost.add(id);
    } catch (error) {
      log.debug({ error: errorText(error) }, "The claim on the batch could not be confirmed");
    }
    return this.#lost;
  }
}

import { errorText } from "../errors.ts";
import type { Log } from "../log.ts";
import type { ConsumerKey } from "../stream/consumer-group.ts";
import { keepClaim } from "../stream/keep-claim.ts";
import type { RedisConnection } from "../stream/redis-connection.ts";
import { Stopwatch } from "./stopwatch.ts";

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
 * nothing needs to be asked; after that Redis says which entries are still this consumer's.
 */
export class Claim {
  readonly #options: ClaimOptions;
  #entryIds: readonly string[];
  #sinceConfirmed: Stopwatch;
  readonly #lost = new Set<string>();

  /** `sinceDelivery` was started before Redis was asked for the entries. */
  constructor(options: ClaimOptions, entryIds: readonly string[], sinceDelivery: Stopwatch) {
    this.#options = options;
    this.#entryIds = entryIds;
    this.#sinceConfirmed = sinceDelivery;
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
    const { redis, key, claimIdleMs, log } = this.#options;
    if (this.#sinceConfirmed.elapsedMs < claimIdleMs / 3) return this.#lost;
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

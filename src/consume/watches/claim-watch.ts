import type { Log } from "../../log/log.ts";
import type { GroupKey } from "../../stream/consumer-group.ts";
import { findNotIdle, type PendingEntry } from "../../stream/inspect/pending-entries.ts";
import type { RedisConnection } from "../../stream/redis/redis-connection.ts";
import { restartClaims } from "../../stream/restart-claims.ts";

/** Entries checked per pass, at a cost of 1 ms of Redis's time. */
const ENTRIES_MAX = 1_000;

/** What a watch looks at. */
export interface ClaimWatchOptions {
  readonly redis: RedisConnection;
  readonly key: GroupKey;
  readonly log: Log;
}

/**
 * Finds deliveries whose idle time does not grow, since they lie in the future after the clock of Redis was set back: those of a
 * consumer that is gone could not be taken over until the clock has come to them again. Restarts their idle time.
 */
export class ClaimWatch {
  readonly #options: ClaimWatchOptions;
  /** Not idle at the last look. A delivery of this millisecond looks the same once. */
  #notIdle: ReadonlySet<string> = new Set();

  constructor(options: ClaimWatchOptions) {
    this.#options = options;
  }

  /** Looks once. */
  async look(): Promise<void> {
    const { redis, key, log } = this.#options;
    const notIdle = await findNotIdle(redis, key, ENTRIES_MAX);
    const stuck = notIdle.filter((delivery) => this.#notIdle.has(nameOf(delivery)));
    this.#notIdle = new Set(notIdle.map(nameOf));
    if (stuck.length === 0) return;
    const entries = await restartClaims(redis, key, stuck);
    if (entries === 0) return;
    log.warn(
      { entries },
      "Deliveries were in the future by the clock of Redis; idle times restarted",
    );
  }
}

function nameOf({ id, consumer }: Pick<PendingEntry, "id" | "consumer">): string {
  return `${id} ${consumer}`;
}

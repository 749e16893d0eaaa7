import type { Log } from "../log.ts";
import type { StoringMetrics } from "../metrics/storing-metrics.ts";
import type { GroupKey } from "../stream/consumer-group.ts";
import { findLostEntries } from "../stream/find-lost-entries.ts";
import type { RedisConnection } from "../stream/redis-connection.ts";

/** What a watch looks at. */
export interface DeletionWatchOptions {
  readonly redis: RedisConnection;
  readonly key: GroupKey;
  readonly log: Log;
  readonly metrics: Pick<StoringMetrics, "missed">;
}

/**
 * Says that another program has trimmed or deleted entries which the group was still to be delivered: accepted
 * events that are lost, and that nobody else misses. How many is known, and counted, of those that were trimmed.
 */
export class DeletionWatch {
  readonly #options: DeletionWatchOptions;
  /** As of the last look that could tell. */
  #trimmedEver: number | undefined;
  #deletedId: string | undefined;

  constructor(options: DeletionWatchOptions) {
    this.#options = options;
  }

  /** Looks once; says what was lost since the last look, or before the first one if the group has not passed it. */
  async look(): Promise<void> {
    const { redis, key, log, metrics } = this.#options;
    const { trimmedEver, isBehind, deletedId } = await findLostEntries(redis, key);
    const before = this.#trimmedEver ?? (isBehind ? 0 : trimmedEver);
    const entries = Math.max(0, (trimmedEver ?? 0) - (before ?? 0));
    this.#trimmedEver = trimmedEver ?? this.#trimmedEver;
    const isNewlyDeleted = deletedId !== undefined && deletedId !== this.#deletedId;
    this.#deletedId = deletedId;
    if (entries > 0) metrics.missed(entries);
    else if (!isNewlyDeleted) return;
    log.error(
      { entries: entries > 0 ? entries : undefined, deletedId },
      "Entries were deleted from the stream before they were delivered: these events are lost",
    );
  }
}

import type { Log } from "../../log/log.ts";
import type { GroupKey } from "../../stream/consumer-group.ts";
import { findHoldingGroup } from "../../stream/inspect/find-holding-group.ts";
import type { RedisConnection } from "../../stream/redis/redis-connection.ts";
import { HELD_PART } from "../../stream/stream-marks.ts";

/** What a watch looks at. */
export interface TrimWatchOptions {
  readonly redis: RedisConnection;
  readonly key: GroupKey;
  readonly log: Log;
  readonly streamLengthMax: number;
}

/** Says once which other group keeps the stream from being trimmed, and once when none does any more. */
export class TrimWatch {
  readonly #options: TrimWatchOptions;
  #holder: string | undefined;

  constructor(options: TrimWatchOptions) {
    this.#options = options;
  }

  /** Looks once. */
  async look(): Promise<void> {
    const { redis, key, log, streamLengthMax } = this.#options;
    const holder = await findHoldingGroup(redis, key, Math.ceil(streamLengthMax * HELD_PART));
    if (holder === this.#holder) return;
    this.#holder = holder;
    if (holder === undefined) log.info({}, "No other group keeps the stream from being trimmed");
    else {
      log.warn(
        { group: holder },
        "Another group leaves entries unprocessed, which keeps them in the stream: when it is full, events are refused",
      );
    }
  }
}

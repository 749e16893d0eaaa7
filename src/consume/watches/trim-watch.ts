import { Condition } from "../../log/condition.ts";
import type { Log } from "../../log/log.ts";
import type { GroupKey } from "../../stream/consumer-group.ts";
import { findHoldingGroup } from "../../stream/inspect/read-stream.ts";
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
  readonly #condition: Condition;

  constructor(options: TrimWatchOptions) {
    this.#options = options;
    this.#condition = new Condition(
      options.log,
      "No other group keeps the stream from being trimmed",
    );
  }

  /** Looks once. */
  async look(): Promise<void> {
    const { redis, key, streamLengthMax } = this.#options;
    const holder = await findHoldingGroup(redis, key, Math.ceil(streamLengthMax * HELD_PART));
    if (holder === undefined) return this.#condition.recover();
    this.#condition.fail({
      level: "warn",
      message:
        "Another group leaves entries unprocessed, which keeps them in the stream: when it is full, events are refused",
      fields: { group: holder },
      cause: holder,
    });
  }
}

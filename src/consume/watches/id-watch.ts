import { Condition } from "../../log/condition.ts";
import type { Log } from "../../log/log.ts";
import type { GroupKey } from "../../stream/consumer-group.ts";
import { IDS_AHEAD_MS_OK, readBacklog } from "../../stream/inspect/read-backlog.ts";
import { aheadRemedy, exhaustedRemedy } from "../../stream/inspect/stream-remedy.ts";
import type { RedisConnection } from "../../stream/redis/redis-connection.ts";

/** What a watch looks at. */
export interface IdWatchOptions {
  readonly redis: RedisConnection;
  readonly key: GroupKey;
  readonly log: Log;
}

/** Says once that the stream's ids are in the future, that Redis can give no more of them, and that they are right again. */
export class IdWatch {
  readonly #options: IdWatchOptions;
  readonly #condition: Condition;

  constructor(options: IdWatchOptions) {
    this.#options = options;
    this.#condition = new Condition(options.log, "Stream ids are the time of Redis again");
  }

  /** Looks once. */
  async look(): Promise<void> {
    const { redis, key } = this.#options;
    const { stream } = key;
    const { idsAheadMs, isExhausted } = await readBacklog(redis, key);
    if (isExhausted) {
      const message = "The stream has used the last possible id: Redis takes no events";
      const fields = { stream, remedy: exhaustedRemedy(stream) };
      this.#condition.fail({ level: "error", message, fields, cause: message });
    } else if (idsAheadMs > IDS_AHEAD_MS_OK) {
      const aheadS = Math.round(idsAheadMs / 1_000);
      const fields = { stream, aheadS, remedy: aheadRemedy(stream) };
      this.#condition.fail({ level: "warn", message: "Stream ids are in the future", fields });
    } else this.#condition.recover({ stream });
  }
}

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

type State = "right" | "ahead" | "exhausted";

/** Says once that the stream's ids are in the future, that Redis can give no more of them, and that they are right again. */
export class IdWatch {
  readonly #options: IdWatchOptions;
  #state: State = "right";

  constructor(options: IdWatchOptions) {
    this.#options = options;
  }

  /** Looks once. */
  async look(): Promise<void> {
    const { redis, key, log } = this.#options;
    const { idsAheadMs, isExhausted } = await readBacklog(redis, key);
    const state = stateOf(idsAheadMs, isExhausted);
    if (state === this.#state) return;
    this.#state = state;
    const { stream } = key;
    const aheadS = Math.round(idsAheadMs / 1_000);
    switch (state) {
      case "exhausted":
        log.error(
          { stream, remedy: exhaustedRemedy(stream) },
          "The stream has used the last possible id: Redis takes no events",
        );
        return;
      case "ahead":
        log.warn({ stream, aheadS, remedy: aheadRemedy(stream) }, "Stream ids are in the future");
        return;
      case "right":
        log.info({ stream }, "Stream ids are the time of Redis again");
        return;
    }
  }
}

function stateOf(idsAheadMs: number, isExhausted: boolean): State {
  if (isExhausted) return "exhausted";
  return idsAheadMs > IDS_AHEAD_MS_OK ? "ahead" : "right";
}

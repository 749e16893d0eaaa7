import { errorText } from "../../errors.ts";
import type { Log } from "../../log/log.ts";
import type { StoringMetrics } from "../../metrics/storing-metrics.ts";
import type { GroupKey } from "../../stream/consumer-group.ts";
import { checkStream } from "../../stream/inspect/check-stream.ts";
import { lostEntries } from "../../stream/inspect/lost-entries.ts";
import type { StreamState } from "../../stream/inspect/stream-state.ts";
import type { RedisConnection } from "../../stream/redis/redis-connection.ts";
import { LossRecorder } from "./loss-recorder.ts";

/** A look takes Redis 0.25 ms; every twentieth is thorough. */
const THOROUGH_LOOKS = 20;

/** What a watch looks at. */
export interface LossWatchOptions {
  readonly redis: RedisConnection;
  readonly key: GroupKey;
  readonly log: Log;
  readonly metrics: Pick<StoringMetrics, "missed">;
  /** How many of the undelivered entries of a state are stored all the same; not asked when it is absent. */
  readonly countStored?: (state: StreamState) => Promise<number>;
}

/**
 * Finds accepted events that left the stream before they were delivered, whatever took them: FLUSHALL, DEL, XTRIM, XDEL, an
 * expiry, a failover to an older copy. Of all processes that watch, one reports each loss.
 */
export class LossWatch {
  readonly #options: LossWatchOptions;
  readonly #recorder: LossRecorder;
  #known: StreamState | undefined;
  #looks = 0;

  /** `known` is what an earlier process has kept of the stream. */
  constructor(options: LossWatchOptions, known?: StreamState) {
    this.#options = options;
    this.#recorder = new LossRecorder(options);
    this.#known = known;
  }

  /** The stream at the last look. */
  get known(): StreamState | undefined {
    return this.#known;
  }

  /**
   * Looks once.
   *
   * @throws QueueFlowError `stream_unavailable`.
   */
  async look(): Promise<void> {
    const { redis, key, log } = this.#options;
    const isThorough = this.#looks % THOROUGH_LOOKS === 0;
    this.#looks += 1;
    const look = await checkStream(redis, key, { known: this.#known, isThorough });
    if (look === undefined) return;
    this.#known = look.now;
    if (look.wasExpiring) {
      log.warn({ stream: key.stream }, "The stream had an expiry, which was removed");
    }
    if (look.change === undefined) return;
    const { isReplaced, before } = look.change;
    const gone = lostEntries(look.change);
    if (gone === 0) return;
    const entries = isReplaced ? gone - (await this.#storedOf(before)) : gone;
    if (entries > 0) {
      this.#recorder.record(isReplaced ? "stream replaced" : "deleted before delivery", entries);
    }
  }

  /** Reports what is held back, before the thread ends. */
  async flush(): Promise<void> {
    await this.#recorder.flush();
  }

  /** While PostgreSQL is away nothing is stored. */
  async #storedOf(state: StreamState): Promise<number> {
    try {
      return (await this.#options.countStored?.(state)) ?? 0;
    } catch (error) {
      this.#options.log.debug({ error: errorText(error) }, "Stored events could not be counted");
      return 0;
    }
  }
}

import { errorText } from "../../errors.ts";
import { CLOCK_DIFFERENCE_MS_MAX } from "../../event/limits.ts";
import { Condition } from "../../log/condition.ts";
import type { Log } from "../../log/log.ts";
import type { ConsumerKey } from "../../stream/consumer-group.ts";
import { noteClock } from "../../stream/inspect/clock-notes.ts";
import { CLOCK_REMEDY } from "../../stream/inspect/stream-remedy.ts";
import { RedisClock } from "../../stream/redis/redis-clock.ts";
import type { RedisConnection } from "../../stream/redis/redis-connection.ts";

/** NTP keeps clocks closer together than this, in milliseconds. */
const DIFFERENCE_MS_OK = 60_000;
/** An offset that has changed by more is noted at once, in milliseconds. */
const CHANGE_MS_MAX = 1_000;
/** Otherwise it is noted this often, in milliseconds. */
const NOTE_INTERVAL_MS = 10 * 60 * 1_000;

/** What a watch looks at. */
export interface ClockWatchOptions {
  readonly redis: RedisConnection;
  readonly key: ConsumerKey;
  readonly log: Log;
  /** The clock of this machine, in milliseconds since 1970; `Date.now` unless given. */
  readonly nowMs?: () => number;
}

/**
 * Compares the clock of this machine with that of Redis: notes the difference in Redis, where `queueflow doctor` finds it after this
 * process has ended too, and logs once when it becomes too large and once when it is right again.
 */
export class ClockWatch {
  readonly #options: ClockWatchOptions;
  readonly #clock: RedisClock;
  #noted: { readonly offsetMs: number; readonly atMs: number } | undefined;
  readonly #difference: Condition;

  constructor(options: ClockWatchOptions) {
    this.#options = options;
    this.#clock = new RedisClock(options.redis);
    this.#difference = new Condition(
      options.log,
      "The clocks of this machine and of Redis agree again",
    );
  }

  /** Looks once. */
  async look(): Promise<void> {
    const redisMs = await this.#clock.read();
    if (redisMs === undefined) return;
    const offsetMs = (this.#options.nowMs ?? Date.now)() - redisMs;
    this.#report(offsetMs);
    const { offsetMs: before, atMs } = this.#noted ?? { offsetMs: 0, atMs: -NOTE_INTERVAL_MS };
    const isDue = performance.now() - atMs >= NOTE_INTERVAL_MS;
    if (!isDue && Math.abs(offsetMs - before) < CHANGE_MS_MAX) return;
    await this.#note();
    this.#noted = { offsetMs, atMs: performance.now() };
  }

  #report(offsetMs: number): void {
    const differenceMs = Math.abs(offsetMs);
    const offsetS = Math.round(offsetMs / 1_000);
    const fields = { offsetS, remedy: CLOCK_REMEDY };
    if (differenceMs <= DIFFERENCE_MS_OK) this.#difference.recover({ offsetS });
    else if (differenceMs <= CLOCK_DIFFERENCE_MS_MAX) {
      const message = "The clocks of this machine and of Redis differ";
      this.#difference.fail({ level: "warn", message, fields });
    } else {
      const message =
        "The clocks of this machine and of Redis are too far apart: its ingest threads accept no events";
      this.#difference.fail({ level: "error", message, fields, cause: message });
    }
  }

  /** Redis may be out of memory, or refuse its user this key: no reason to give up the pass that looks. */
  async #note(): Promise<void> {
    const { redis, key, log, nowMs = Date.now } = this.#options;
    const process = key.consumer.slice(0, key.consumer.lastIndexOf("/"));
    try {
      await noteClock(redis, key, { process, nowMs: nowMs() });
    } catch (error) {
      log.debug({ error: errorText(error) }, "The clock could not be noted");
    }
  }
}

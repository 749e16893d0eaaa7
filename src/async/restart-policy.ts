/** The delay before a first restart, in milliseconds; it doubles with each further one. */
const DELAY_MS_MIN = 100;
const DELAY_MS_MAX = 10_000;
/** What has lived this long starts again at the shortest delay, in milliseconds. */
const HEALTHY_AFTER_MS = 60_000;
/** More restarts than this within the period, and whoever restarts gives up. */
export const RESTARTS_MAX = 10;
export const RESTART_PERIOD_MS = 60_000;

/** The restarts in a row of one thread or one server: how long to wait before the next. */
export class RestartBackoff {
  #consecutive = 0;

  /** The delay in milliseconds before the restart of what has lived for `livedMs`. */
  delayMsAfter(livedMs: number): number {
    this.#consecutive = livedMs >= HEALTHY_AFTER_MS ? 1 : this.#consecutive + 1;
    return Math.min(DELAY_MS_MIN * 2 ** (this.#consecutive - 1), DELAY_MS_MAX);
  }
}

/** Counts restarts, of all threads together or of one server; OTP calls its bound the restart intensity. */
export class RestartIntensity {
  readonly #restartsAtMs: number[] = [];

  /** Counts a restart at `nowMs` and tells whether it is one too many. */
  exceededBy(nowMs: number): boolean {
    this.#restartsAtMs.push(nowMs);
    while ((this.#restartsAtMs[0] ?? nowMs) < nowMs - RESTART_PERIOD_MS) this.#restartsAtMs.shift();
    return this.#restartsAtMs.length > RESTARTS_MAX;
  }
}

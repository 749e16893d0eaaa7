import { backoffMs } from "./backoff.ts";

/** A first failure is barely noticeable, and repeated ones leave the machine to others. */
const DELAY = { minMs: 100, maxMs: 10_000 };
/** A thread or server that ran this long counts as healthy: its next restart is immediate again, in milliseconds. */
const HEALTHY_AFTER_MS = 60_000;
/** With more restarts than this within `RESTART_PERIOD_MS`, restarting is given up. */
export const RESTARTS_MAX = 10;
export const RESTART_PERIOD_MS = 60_000;

/** Chooses the delay before each restart of one thread or server. */
export class RestartBackoff {
  #consecutive = 0;

  /** Returns the delay before the next restart, given how long the last run took, both in milliseconds. */
  delayMsAfter(ranForMs: number): number {
    this.#consecutive = ranForMs >= HEALTHY_AFTER_MS ? 1 : this.#consecutive + 1;
    return backoffMs(this.#consecutive, DELAY);
  }
}

/** Limits restarts per period, of all threads together or of one server. OTP calls the limit the restart intensity. */
export class RestartIntensity {
  readonly #restartsAtMs: number[] = [];

  /** Counts a restart at `nowMs` and returns whether it exceeds the limit. */
  exceededBy(nowMs: number): boolean {
    this.#restartsAtMs.push(nowMs);
    while ((this.#restartsAtMs[0] ?? nowMs) < nowMs - RESTART_PERIOD_MS) this.#restartsAtMs.shift();
    return this.#restartsAtMs.length > RESTARTS_MAX;
  }
}

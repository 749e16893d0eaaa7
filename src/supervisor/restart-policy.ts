/** The delay before a first restart, in milliseconds; it doubles with each further one. */
const DELAY_MS_MIN = 100;
const DELAY_MS_MAX = 10_000;
/** A child that lived this long starts again at the shortest delay, in milliseconds. */
const HEALTHY_AFTER_MS = 60_000;
/** More restarts than this within the period, over all children, and the process gives up. */
export const RESTARTS_MAX = 10;
export const RESTART_PERIOD_MS = 60_000;

/** How long to wait before a child's restart number `consecutive`, from 1, in milliseconds. */
export function restartDelayMs(consecutive: number): number {
  return Math.min(DELAY_MS_MIN * 2 ** (consecutive - 1), DELAY_MS_MAX);
}

/** The count of consecutive restarts after a child has lived for `livedMs` and died again. */
export function consecutiveRestarts(before: number, livedMs: number): number {
  return livedMs >= HEALTHY_AFTER_MS ? 1 : before + 1;
}

/** Counts restarts of all children; OTP calls its bound the restart intensity. */
export class RestartIntensity {
  readonly #restartsAtMs: number[] = [];

  /** Counts a restart at `nowMs` and tells whether it is one too many. */
  exceededBy(nowMs: number): boolean {
    this.#restartsAtMs.push(nowMs);
    while ((this.#restartsAtMs[0] ?? nowMs) < nowMs - RESTART_PERIOD_MS) this.#restartsAtMs.shift();
    return this.#restartsAtMs.length > RESTARTS_MAX;
  }
}

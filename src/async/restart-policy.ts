import { backoffMs } from "./backoff.ts";

/** Repeated restarts leave the machine to others. */
const DELAY = { minMs: 100, maxMs: 10_000 };
const HEALTHY_AFTER_MS = 60_000;
export const RESTARTS_MAX = 10;
export const RESTART_PERIOD_MS = 60_000;

export class RestartBackoff {
  #consecutive = 0;

  delayMsAfter(ranForMs: number): number {
    this.#consecutive = ranForMs >= HEALTHY_AFTER_MS ? 1 : this.#consecutive + 1;
    return backoffMs(this.#consecutive, DELAY);
  }
}

/** OTP calls this the restart intensity. */
export class RestartIntensity {
  readonly #restartsAtMs: number[] = [];

  exceededBy(nowMs: number): boolean {
    this.#restartsAtMs.push(nowMs);
    while ((this.#restartsAtMs[0] ?? nowMs) < nowMs - RESTART_PERIOD_MS) this.#restartsAtMs.shift();
    return this.#restartsAtMs.length > RESTARTS_MAX;
  }
}

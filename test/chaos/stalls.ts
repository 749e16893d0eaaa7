const TICK_MS = 100;
/** A tick this late means that the machine was busy or this process did not run. */
const STALL_MS_MIN = 500;

/** Detects when this process itself did not run, so that it blames no engine for being late. */
export class Stalls {
  #lastTickMs = performance.now();
  #lastStallMs = Number.NEGATIVE_INFINITY;
  readonly #timer = setInterval(() => this.#tick(), TICK_MS);

  /** Returns whether it stalled since that time of `performance.now()`. */
  hasStalledSince(ms: number): boolean {
    this.#tick();
    return this.#lastStallMs >= ms;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #tick(): void {
    const nowMs = performance.now();
    if (nowMs - this.#lastTickMs > STALL_MS_MIN) this.#lastStallMs = nowMs;
    this.#lastTickMs = nowMs;
  }
}

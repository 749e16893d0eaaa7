const TICK_MS = 100;
/** A tick that comes later than this found the machine, or this process, at something else. */
const STALL_MS_MIN = 500;

/** Tells when this process itself was kept from running, so that it blames nobody else for being late. */
export class Stalls {
  #lastTickMs = performance.now();
  #lastStallMs = Number.NEGATIVE_INFINITY;
  readonly #timer = setInterval(() => this.#tick(), TICK_MS);

  /** Whether there was one since that moment, on the clock of `performance.now()`. */
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

/**
 * Since when a thread has been at one piece of work. A heartbeat alone proves that the loop turns,
 * not that work proceeds; the supervisor ends a thread whose work in hand grows too old.
 */
export class WorkInHand {
  #startedAtMs: number | undefined;

  /** Runs one piece of work and keeps its age while it lasts. */
  async during<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#startedAtMs = performance.now();
    try {
      return await work();
    } finally {
      this.#startedAtMs = undefined;
    }
  }

  /** Age of the work in hand in milliseconds, 0 when there is none. */
  get ageMs(): number {
    return this.#startedAtMs === undefined ? 0 : performance.now() - this.#startedAtMs;
  }
}

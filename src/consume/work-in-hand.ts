/**
 * Since when a thread has been at one piece of work, a batch to commit, and when it last was through with one. A heartbeat alone proves that the loop turns,
 * not that work proceeds; the supervisor ends a thread whose work in hand grows too old.
 */
export class WorkInHand {
  #startedAtMs: number | undefined;
  #lastCommitAt: string | null = null;

  /** Runs one piece of work and keeps its age while it lasts; when it resolves, it has committed. */
  async during<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#startedAtMs = performance.now();
    try {
      const result = await work();
      this.#lastCommitAt = new Date().toISOString();
      return result;
    } finally {
      this.#startedAtMs = undefined;
    }
  }

  /** When work last resolved, as an ISO string; null before it has. */
  get lastCommitAt(): string | null {
    return this.#lastCommitAt;
  }

  /** Age of the work in hand in milliseconds, 0 when there is none. */
  get ageMs(): number {
    return this.#startedAtMs === undefined ? 0 : performance.now() - this.#startedAtMs;
  }
}

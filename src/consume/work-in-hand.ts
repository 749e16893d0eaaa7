import { type ErrorCode, QueueFlowError } from "../errors.ts";

/**
 * Since when a thread has been at one piece of work, a batch to commit, when it last was through with one,
 * and whether its work fails. A heartbeat alone proves that the loop turns, not that work proceeds; the
 * supervisor ends a thread whose work in hand grows too old.
 */
export class WorkInHand {
  #startedAtMs: number | undefined;
  #lastCommitAt: string | null = null;
  #error: ErrorCode | null = null;

  /** Runs one piece of work and keeps its age while it lasts; when it resolves, it has committed. */
  async during<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#startedAtMs = performance.now();
    try {
      const result = await this.trying(work);
      this.#lastCommitAt = new Date().toISOString();
      return result;
    } finally {
      this.#startedAtMs = undefined;
    }
  }

  /** Runs what comes before the work, and keeps whether it fails. */
  async trying<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      const result = await work();
      this.#error = null;
      return result;
    } catch (error) {
      this.#error = error instanceof QueueFlowError ? error.code : "database_unavailable";
      throw error;
    }
  }

  /** Why the work failed when it was last tried; null when it did not. */
  get error(): ErrorCode | null {
    return this.#error;
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

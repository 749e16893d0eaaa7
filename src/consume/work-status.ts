import { type ErrorCode, QueueFlowError } from "../errors.ts";
import type { ThreadFigures } from "../thread-report.ts";

/** A heartbeat proves only that the event loop turns, so the supervisor also checks the age of a thread's batch. */
export class WorkStatus {
  #startedAtMs: number | undefined;
  #lastCommitAt: string | null = null;
  #error: ErrorCode | null = null;

  async commit<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#startedAtMs = performance.now();
    try {
      const result = await this.attempt(work);
      this.#lastCommitAt = new Date().toISOString();
      return result;
    } finally {
      this.#startedAtMs = undefined;
    }
  }

  async attempt<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      const result = await work();
      this.settle();
      return result;
    } catch (error) {
      this.settle(error);
      throw error;
    }
  }

  /** Keeps the outcome of an attempt. */
  settle(error?: unknown): void {
    if (error === undefined) this.#error = null;
    else this.#error = error instanceof QueueFlowError ? error.code : "database_unavailable";
  }

  get figures(): ThreadFigures {
    const startedAtMs = this.#startedAtMs;
    const workAgeMs = startedAtMs === undefined ? 0 : performance.now() - startedAtMs;
    return { workAgeMs, lastCommitAt: this.#lastCommitAt, error: this.#error };
  }
}

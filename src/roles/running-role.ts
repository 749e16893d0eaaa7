import type { ThreadFigures } from "../thread-report.ts";

/** A thread's work, once started. */
export interface RunningRole {
  /** What its heartbeats say. */
  readonly figures: () => ThreadFigures;
  /** Settles when the work ends: resolves after `stop`, rejects when it cannot go on. */
  readonly done: Promise<void>;
  /** Finishes what is in flight and closes everything. */
  readonly stop: () => Promise<void>;
}

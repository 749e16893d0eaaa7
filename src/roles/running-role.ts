import type { ThreadFigures } from "../thread-report.ts";

/** How long a thread waits for Redis before it starts without it, in milliseconds. */
export const REDIS_READY_MS_MAX = 2_000;
/** How long a query in flight may delay the end of a thread, in milliseconds. */
export const DATABASE_CLOSE_MS_MAX = 1_000;

/** A thread's work, once started. */
export interface RunningRole {
  /** Returns the figures of a heartbeat. */
  readonly figures: () => ThreadFigures;
  /** Resolves after `stop`; rejects when the work cannot go on. */
  readonly done: Promise<void>;
  /** Finishes what is in flight and closes all connections. */
  readonly stop: () => Promise<void>;
}

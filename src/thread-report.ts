import type { ErrorCode } from "./errors.ts";

/** The kinds of thread. */
export type Role = "reclaimer" | "consumer" | "ingest";

/**
 * What a thread is doing, as its supervisor knows: `waiting` is between an unplanned close and the restart
 * after it.
 */
export type ThreadState = "idle" | "starting" | "running" | "waiting" | "stopping" | "stopped";

/** What a thread says of its own work. */
export interface ThreadFigures {
  /** Age of the one piece of work in hand in milliseconds, 0 when idle. */
  readonly workAgeMs: number;
  /** When it last committed a batch, as an ISO string; null when it has not, or never stores any. */
  readonly lastCommitAt: string | null;
  /** Why its work fails, if it does: it failed when it was last tried, and is tried again. */
  readonly error: ErrorCode | null;
}

/** What the supervisor knows of a thread: what it tells the threads that answer for the process. */
export interface ThreadReport extends ThreadFigures {
  readonly role: Role;
  readonly name: string;
  readonly state: ThreadState;
  /** How often it was restarted since the process began. */
  readonly restarts: number;
}

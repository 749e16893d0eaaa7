import type { ErrorCode } from "./errors.ts";

/** The kinds of thread. */
export type Role = "reclaimer" | "consumer" | "ingest";

/** A thread's state as its supervisor sees it; `waiting` is the delay before a restart. */
export type ThreadState = "idle" | "starting" | "running" | "waiting" | "stopping" | "stopped";

/** What a thread reports of its work. */
export interface ThreadFigures {
  /** Age of the batch in progress in milliseconds, 0 when idle. */
  readonly workAgeMs: number;
  /** When it last committed a batch, as an ISO string; null before the first and in threads that store none. */
  readonly lastCommitAt: string | null;
  /** Why the last attempt at its work failed; null when it succeeded. */
  readonly error: ErrorCode | null;
}

/** What the supervisor knows of a thread, and tells the ingest threads. */
export interface ThreadReport extends ThreadFigures {
  readonly role: Role;
  readonly name: string;
  readonly state: ThreadState;
  /** Restarts since the process began. */
  readonly restarts: number;
}

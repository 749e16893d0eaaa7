/** A thread's work, once started. */
export interface RunningRole {
  /** Age of the one piece of work in hand in milliseconds, 0 when idle. */
  readonly workAgeMs: () => number;
  /** Settles when the work ends: resolves after `stop`, rejects when it cannot go on. */
  readonly done: Promise<void>;
  /** Finishes what is in flight and closes everything. */
  readonly stop: () => Promise<void>;
}

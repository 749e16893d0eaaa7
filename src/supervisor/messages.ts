import type { ConnectedConfig } from "../config.ts";
import type { ErrorRecord } from "../errors.ts";

/** The kinds of thread. */
export type Role = "reclaimer" | "consumer" | "ingest";

/** One thread to keep alive. `name` is unique in the process and stays the same over restarts. */
export interface ChildSpec {
  readonly role: Role;
  readonly name: string;
}

/** How often a thread says that its loop turns, in milliseconds. */
export const HEARTBEAT_INTERVAL_MS = 1_000;

/** What the supervisor says to a thread: once what it is, and once that it shall finish. */
export type ToChild =
  | {
      readonly type: "start";
      readonly spec: ChildSpec;
      readonly config: ConnectedConfig;
      /** How often this child was restarted; 0 for its first life. */
      readonly restarts: number;
    }
  | { readonly type: "stop" };

/**
 * What a thread says to the supervisor. `workAgeMs` is the age of the one piece of work in hand, 0
 * when idle. After `fatal` no restart can help and the process ends.
 */
export type FromChild =
  | { readonly type: "ready" }
  | { readonly type: "heartbeat"; readonly workAgeMs: number }
  | { readonly type: "fatal"; readonly error: ErrorRecord };

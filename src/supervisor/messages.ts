import type { ConnectedConfig } from "../config/config.ts";
import type { ErrorRecord } from "../errors.ts";
import type { MetricsJson } from "../metrics/metrics-json.ts";
import type { Role, ThreadFigures, ThreadReport } from "../thread-report.ts";

/** One thread to keep alive. `name` is unique in the process and stays the same over restarts. */
export interface ChildSpec {
  readonly role: Role;
  readonly name: string;
}

/**
 * How often a thread says that its loop turns, and hears how the threads are when it answers for them, in
 * milliseconds.
 */
export const HEARTBEAT_INTERVAL_MS = 1_000;

/**
 * What the supervisor says to a thread: once what it is, and once that it shall finish; when somebody asks for the
 * process's metrics, that a heartbeat is wanted now; to an ingest thread, again and again, how every thread of the
 * process is, and the metrics of all when it has asked for them; and to stand still until the gate is open, when it would
 * take with its clients' connections the files that another thread needs for its start.
 */
export type ToChild =
  | {
      readonly type: "start";
      readonly spec: ChildSpec;
      readonly config: ConnectedConfig;
      /** How often this child was restarted; 0 for its first life. */
      readonly restarts: number;
      /** Where the log goes, of `openLogFile`. */
      readonly logFd: number;
    }
  | { readonly type: "threads"; readonly threads: readonly ThreadReport[] }
  | { readonly type: "beat" }
  | { readonly type: "gathered"; readonly metrics: readonly MetricsJson[] }
  | { readonly type: "hold"; readonly gate: Int32Array; readonly holdMsMax: number }
  | { readonly type: "stop" };

/**
 * What a thread says to the supervisor. `gather` asks for the metrics of all threads; `held` is its last word before it
 * stands still; after `fatal` no restart can help and the process ends.
 */
export type FromChild =
  | { readonly type: "ready" }
  | ({ readonly type: "heartbeat"; readonly metrics: MetricsJson } & ThreadFigures)
  | { readonly type: "gather" }
  | { readonly type: "held" }
  | { readonly type: "fatal"; readonly error: ErrorRecord };

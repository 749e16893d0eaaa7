import type { ConnectedConfig } from "../config/config.ts";
import type { ErrorRecord } from "../errors.ts";
import type { MetricsJson } from "../metrics/metrics-json.ts";
import type { Role, ThreadFigures, ThreadReport } from "../thread-report.ts";

/** One thread of the process. `name` is unique and survives restarts. */
export interface ChildSpec {
  readonly role: Role;
  readonly name: string;
}

/** How often threads send a heartbeat, and ingest threads receive the reports of all threads. */
export const HEARTBEAT_INTERVAL_MS = 1_000;

/** Messages from the supervisor to a thread. */
export type ToChild =
  | {
      readonly type: "start";
      readonly spec: ChildSpec;
      readonly config: ConnectedConfig;
      readonly restarts: number;
      /** File descriptor of the log, from `openLogFile`. */
      readonly logFd: number;
    }
  | { readonly type: "threads"; readonly threads: readonly ThreadReport[] }
  /** The reply to `readMetrics`. */
  | { readonly type: "metrics"; readonly text: string }
  | { readonly type: "stop" };

/** Messages from a thread to the supervisor. */
export type FromChild =
  | { readonly type: "ready" }
  | ({ readonly type: "heartbeat"; readonly metrics: MetricsJson } & ThreadFigures)
  | { readonly type: "readMetrics" }
  /** No restart can help: the process must end. */
  | { readonly type: "fatal"; readonly error: ErrorRecord };

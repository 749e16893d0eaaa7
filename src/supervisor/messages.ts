import type { Certificate } from "../certificate.ts";
import type { ConnectedConfig } from "../config/config.ts";
import type { ErrorRecord } from "../errors.ts";
import type { MetricsJson } from "../metrics/metrics-json.ts";
import type {
  Role,
  StartState,
  TakenUnits,
  ThreadFigures,
  ThreadReport,
} from "../thread-report.ts";

/** `name` is unique and survives restarts. */
export interface ChildSpec {
  readonly role: Role;
  readonly name: string;
  /** Among those of its role, from 0. */
  readonly index: number;
}

/** Also how often ingest threads receive the reports of all threads. */
export const HEARTBEAT_INTERVAL_MS = 1_000;

export type ToChild =
  | {
      readonly type: "start";
      readonly spec: ChildSpec;
      readonly config: ConnectedConfig;
      readonly restarts: number;
      readonly logFd: number;
      readonly certificate: Certificate | undefined;
    }
  | { readonly type: "certificate"; readonly certificate: Certificate }
  | { readonly type: "threads"; readonly threads: readonly ThreadReport[] }
  | { readonly type: "metrics"; readonly text: string }
  /** To each ingest thread but the one that took them. */
  | { readonly type: "taken"; readonly taken: TakenUnits }
  /** To a report thread and an ingest thread: what each asks or answers the other by. A new port replaces that of an earlier run. */
  | { readonly type: "port"; readonly peer: string; readonly port: MessagePort }
  | { readonly type: "stop" };

export type FromChild =
  | { readonly type: "ready" }
  | ({
      readonly type: "heartbeat";
      readonly metrics: MetricsJson;
      /** Absent when nothing was taken, and in threads that limit nothing. */
      readonly taken: TakenUnits | undefined;
    } & ThreadFigures)
  | { readonly type: "readMetrics" }
  /** From the reclaimer, after each attempt to prepare the servers. */
  | { readonly type: "servers"; readonly state: StartState }
  /** No restart can help. */
  | { readonly type: "fatal"; readonly error: ErrorRecord };

import type { KeylessAccess } from "./access/keyless-access.ts";
import type { ErrorCode } from "./errors.ts";

export type Role = "reclaimer" | "consumer" | "packer" | "report" | "ingest";

/** `waiting` is the delay before a restart. */
export type ThreadState = "idle" | "starting" | "running" | "waiting" | "stopping" | "stopped";

export interface ThreadFigures {
  /** Age of the batch in progress, 0 when idle. */
  readonly workAgeMs: number;
  /** ISO string; null before the first batch, and in threads that store none. */
  readonly lastCommitAt: string | null;
  /** Null when the last attempt succeeded. */
  readonly error: ErrorCode | null;
  /** Of the packer: stored events that wait for it. Null while unknown. */
  readonly unpackedEvents?: number | null;
}

/** Why each server that is not prepared yet failed last. Empty when the engine can accept and store events. */
export interface MissingServers {
  readonly redis?: string;
  readonly postgres?: string;
  /** Why no request can be checked: no thread has ever learned which keys exist. */
  readonly access?: string;
}

/** What the reclaimer knows as the engine starts. */
export interface StartState {
  readonly missing: MissingServers;
  /** Undefined when everything needs a key, and while that is unknown. */
  readonly keyless: KeylessAccess | undefined;
}

export interface ThreadReport extends ThreadFigures {
  readonly role: Role;
  readonly name: string;
  readonly state: ThreadState;
  /** Restarts since the process began. */
  readonly restarts: number;
}

/** What a thread took from each of its `Buckets`, for those of the other ingest threads. */
export type TakenUnits = readonly Float64Array[];

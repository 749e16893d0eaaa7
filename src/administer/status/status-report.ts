import type { LossSum } from "../../event/loss.ts";
import type { HeldPrune } from "../../store/upkeep/retention-state.ts";
import type { StreamRates } from "../../stream/inspect/stream-rates.ts";

/** A server, as the reader reached it. */
export interface ServerStatus {
  readonly up: boolean;
  /** Host and database; null when none is configured. */
  readonly address: string | null;
  readonly version: string | null;
  /** Why it cannot be reached, or, while it is up, why its tables cannot be read. */
  readonly error: string | null;
}

/** PostgreSQL. */
export interface DatabaseStatus extends ServerStatus {
  /** Whether Citus distributes the tables over several servers. */
  readonly distributed: boolean | null;
}

/** A thread of the engine, as `GET /health` reports it. */
export interface EngineThread {
  readonly name: string;
  readonly state: string;
  readonly restarts: number;
  readonly last_commit_at: string | null;
  readonly work_age_ms: number;
  readonly error: string | null;
}

/** One process of the engine. */
export interface EngineState {
  readonly state: "ok" | "degraded" | "stalled";
  /** Why it accepts no events. */
  readonly error: string | null;
  /** What is wrong, one phrase each. */
  readonly degraded_by: readonly string[];
  readonly threads: readonly EngineThread[];
  /** Stored events that are not packed yet. Null while unknown, and without a packer. */
  readonly unpacked_events: number | null;
}

/** The report of `queueflow status` and of `GET /status`. Null means unknown unless stated otherwise. */
export interface StatusReport<Engine extends Pick<EngineState, "threads"> = EngineState> {
  readonly at: string;
  readonly version: string;
  readonly engine: Engine;
  /** Of all processes on the stream, since the previous report. */
  readonly rates: StreamRates;
  readonly stream: {
    readonly length: number | null;
    readonly length_max: number;
    readonly backlog_entries: number | null;
    readonly oldest_age_ms: number | null;
    /** How far ids of new entries are ahead of the clock of Redis. */
    readonly ids_ahead_ms: number | null;
    /** Entries ever appended, and ever finished by the group: two reports tell the rates between them. */
    readonly appended_entries: number | null;
    readonly finished_entries: number | null;
  };
  /** Of the engine's threads; null when they have committed nothing since they started. */
  readonly last_commit_at: string | null;
  readonly newest_stored_received_at: string | null;
  readonly dead_letters: number | null;
  /** Unacknowledged losses of accepted events. */
  readonly losses: LossSum | null;
  /** A prune that waits for an operator; null also when there is none. */
  readonly held_prune: HeldPrune | null;
  readonly redis: ServerStatus;
  /** `max_bytes` is null without `maxmemory`. */
  readonly redis_memory: { readonly used_bytes: number; readonly max_bytes: number | null } | null;
  readonly postgres: DatabaseStatus;
}

import type { LossSum } from "../../event/loss.ts";
import type { HeldPrune } from "../../store/upkeep/held-prune.ts";
import { count } from "../plain-text.ts";
import type { EngineStatus } from "./read-engine.ts";

/** A server, as the command itself has found it. */
export interface ServerStatus {
  readonly up: boolean;
  /** Its host, and the database; null when none is known. */
  readonly address: string | null;
  readonly version: string | null;
  /** Why it cannot be used, or, while it is up, what of it cannot. */
  readonly error: string | null;
}

/** What `queueflow status` shows, and prints with `--json`; null stands for what is not known. */
export interface StatusReport {
  readonly at: string;
  readonly version: string;
  readonly engine: EngineStatus;
  /** Of all processes on the stream, over the last second or two. */
  readonly rates: {
    readonly accepted_per_s: number | null;
    readonly stored_per_s: number | null;
  };
  readonly stream: {
    readonly length: number | null;
    readonly length_max: number;
    readonly backlog_entries: number | null;
    readonly oldest_age_ms: number | null;
    /** How far the ids of new entries are ahead of the clock of Redis. */
    readonly ids_ahead_ms: number | null;
  };
  /** Of the engine's threads; null when they have committed nothing since they started. */
  readonly last_commit_at: string | null;
  /** When the event that is the newest in PostgreSQL was received. */
  readonly newest_stored_received_at: string | null;
  readonly dead_letters: number | null;
  /** Accepted events that were lost, at least, until an operator acknowledges them. */
  readonly losses: LossSum | null;
  /** A prune that waits for an operator; null also when that is not known. */
  readonly held_prune: HeldPrune | null;
  readonly redis: ServerStatus;
  /** Null when Redis does not tell; `max_bytes` when it has no limit of its own. */
  readonly redis_memory: { readonly used_bytes: number; readonly max_bytes: number | null } | null;
  readonly postgres: ServerStatus;
}

const CAUSE = "`queueflow doctor` looks for the cause";

/** Why not all is well, in one sentence; undefined when it is. */
export function whatIsWrong(report: StatusReport): string | undefined {
  const { engine, losses, held_prune: held, redis, postgres } = report;
  const { state, url, error } = engine;
  if (state === "down") return `The engine does not answer at ${url ?? ""}: ${error ?? ""}`;
  const cause = ofServers(redis, postgres);
  // Whatever the cause, nothing is as urgent.
  if (error !== null) return `The engine accepts no events (${error}); ${cause ?? CAUSE}`;
  if (cause !== undefined) return cause;
  if (state === "stalled")
    return `The engine is stalled: entries wait and none is stored; ${CAUSE}`;
  if (losses !== null && losses.entries > 0) {
    return `At least ${count(losses.entries, "accepted event")} lost since ${losses.since ?? ""}: see \`queueflow losses\``;
  }
  if (state === "ok" && held !== null)
    return `Old events have not been deleted since ${held.since}; ${CAUSE}`;
  if (state !== "degraded") return undefined;
  return `The engine is degraded: see its threads and its log; ${CAUSE}`;
}

function ofServers(redis: ServerStatus, postgres: ServerStatus): string | undefined {
  if (!redis.up) return `Redis ${awayText(redis)}`;
  if (!postgres.up) return `PostgreSQL ${awayText(postgres)}`;
  if (postgres.error === null) return undefined;
  return `PostgreSQL answers, but not about its tables: ${postgres.error}; ${CAUSE}`;
}

/** Without an address there is none to reach: another folder perhaps, or other variables. */
function awayText({ address, error }: ServerStatus): string {
  return `${address === null ? "is not known" : "cannot be reached"}: ${error ?? ""}`;
}

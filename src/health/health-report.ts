import type { ErrorCode } from "../errors.ts";
import type { LossSum } from "../event/loss.ts";
import type { DatabaseProbe } from "../store/inspect/probe-database.ts";
import { type Backlog, STALLED_AFTER_MS } from "../stream/inspect/read-backlog.ts";
import type { ThreadReport } from "../thread-report.ts";
import type { ShardState } from "./shard-watches.ts";

/** Undefined values are unknown. */
export interface HealthParts {
  /** Redis settings by name. */
  readonly settings: ReadonlyMap<string, string> | undefined;
  readonly backlog: Backlog | undefined;
  /** How long entries of a shard have waited with none finished. */
  readonly stillForMs: number;
  readonly shards: readonly ShardState[];
  readonly database: Pick<DatabaseProbe, "state" | "deadLetters">;
  /** Not acknowledged by an operator. */
  readonly losses: LossSum | undefined;
  /** Why no event can be accepted. */
  readonly notReady: ErrorCode | undefined;
  /** The clock of this machine minus that of Redis. */
  readonly clockOffsetMs: number | undefined;
  readonly threads: readonly ThreadReport[];
}

type Status = "ok" | "degraded" | "stalled";

export type HealthReport = ReturnType<typeof healthReport>;

/** Returns the response of `GET /health`; unknown values are null. */
export function healthReport(parts: HealthParts, nowMs: number) {
  const reasons = degradedBy(parts);
  const status: Status = isStalled(parts, nowMs)
    ? "stalled"
    : reasons.length > 0
      ? "degraded"
      : "ok";
  const { settings, backlog, database, losses, notReady, clockOffsetMs, threads } = parts;
  const ofRole = (role: ThreadReport["role"]) =>
    threads.filter((thread) => thread.role === role).map(threadHealth);
  return {
    status,
    degraded_by: reasons,
    redis: {
      up: backlog !== undefined,
      settings: settings === undefined ? null : Object.fromEntries(settings),
    },
    postgres: { up: database.state === "up" },
    clock: { offset_ms: clockOffsetMs ?? null },
    stream: {
      length: backlog?.length ?? null,
      backlog_entries: backlog?.entries ?? null,
      oldest_age_ms: backlog?.lagMs ?? null,
      ids_ahead_ms: backlog?.idsAheadMs ?? null,
    },
    ingest: {
      ready: notReady === undefined,
      error: notReady ?? null,
      threads: ofRole("ingest"),
    },
    consumers: ofRole("consumer"),
    reports: ofRole("report"),
    packer: packerHealth(threads),
    reclaimer: ofRole("reclaimer")[0] ?? null,
    dead_letters: database.deadLetters ?? null,
    losses: losses ?? null,
    restarts: threads.reduce((sum, { restarts }) => sum + restarts, 0),
  };
}

/** A commit counts even if it was not acknowledged: its entries are stored. Of several shards, it may be another's. */
function isStalled({ backlog, stillForMs, shards, threads }: HealthParts, nowMs: number): boolean {
  const lastCommitMs = Math.max(0, ...threads.map(({ lastCommitAt }) => instantMs(lastCommitAt)));
  const sinceCommitMs = nowMs - lastCommitMs;
  // A commit in the future happened before the clock was set back, at an unknown time.
  const isCommitRecent =
    shards.length === 1 && sinceCommitMs >= 0 && sinceCommitMs < STALLED_AFTER_MS;
  return backlog !== undefined && stillForMs >= STALLED_AFTER_MS && !isCommitRecent;
}

/** Returns what is wrong, one phrase each; nothing while all is well. */
function degradedBy(parts: HealthParts): string[] {
  const { backlog, shards, database, losses, notReady, threads } = parts;
  const lost = losses?.entries ?? 0;
  return [
    ...(backlog === undefined ? ["Redis does not answer"] : awayOf(shards)),
    ...(notReady === undefined ? [] : [refusedBecause(notReady)]),
    ...(database.state === "down" ? ["PostgreSQL does not answer"] : []),
    ...(database.state === "up" && database.deadLetters === undefined
      ? ["the tables cannot be read"]
      : []),
    ...(lost === 0 ? [] : [`at least ${lost} accepted events were lost`]),
    ...threads.flatMap(({ name, state, error }) => {
      if (state !== "running") return [`${name} is ${state}`];
      return error === null ? [] : [`${name} fails: ${error}`];
    }),
  ];
}

/** Of some shards whose others answer. */
function awayOf(shards: readonly ShardState[]): readonly string[] {
  return shards
    .filter(({ backlog }) => backlog === undefined)
    .map(({ stream }) => `the Redis of shard ${stream} does not answer`);
}

export function refusedBecause(code: ErrorCode): string {
  return `events are refused: ${code}`;
}

function instantMs(isoTime: string | null): number {
  return isoTime === null ? 0 : Date.parse(isoTime);
}

function packerHealth(threads: readonly ThreadReport[]) {
  const packer = threads.find(({ role }) => role === "packer");
  return packer
    ? { ...threadHealth(packer), unpacked_events: packer.unpackedEvents ?? null }
    : null;
}

function threadHealth(thread: ThreadReport) {
  const { name, state, restarts, lastCommitAt, workAgeMs, error } = thread;
  return {
    name,
    state,
    restarts,
    last_commit_at: lastCommitAt,
    work_age_ms: Math.round(workAgeMs),
    error,
  };
}

import packageJson from "../../../package.json" with { type: "json" };
import { sumLosses } from "../../event/loss.ts";
import { ratesBetween, type StreamReading } from "../../stream/inspect/stream-rates.ts";
import type { PostgresStatus, StreamStatus } from "./read-servers.ts";
import type { EngineState, StatusReport } from "./status-report.ts";

export interface StatusParts<Engine> {
  readonly engine: Engine;
  readonly stream: StreamStatus;
  readonly postgres: PostgresStatus;
  /** Of the report before, for the rates. */
  readonly previous: StreamReading | undefined;
  readonly config: { readonly streamLengthMax: number; readonly eventsRetentionDays: number };
}

/** A part that failed is reported as such. */
export function buildReport<Engine extends Pick<EngineState, "threads">>({
  engine,
  stream: { reading, server: redis, memory, noted },
  postgres,
  previous,
  config,
}: StatusParts<Engine>): StatusReport<Engine> {
  const backlog = reading?.backlog;
  return {
    at: new Date().toISOString(),
    version: packageJson.version,
    engine,
    rates: ratesBetween(previous, reading),
    stream: {
      length: backlog?.length ?? null,
      length_max: config.streamLengthMax,
      backlog_entries: backlog?.entries ?? null,
      oldest_age_ms: backlog?.lagMs ?? null,
      ids_ahead_ms: backlog?.idsAheadMs ?? null,
      appended_entries: reading?.appended ?? null,
      finished_entries: reading === undefined ? null : finishedEntries(reading),
    },
    last_commit_at: lastCommitAt(engine),
    newest_stored_received_at: postgres.receivedAt,
    dead_letters: postgres.deadLetters,
    losses: sumLosses(postgres.losses, noted) ?? null,
    // An engine with retention turned off leaves its record behind.
    held_prune: config.eventsRetentionDays === 0 ? null : postgres.heldPrune,
    redis,
    redis_memory: memory,
    postgres: postgres.server,
  };
}

function finishedEntries({ backlog: { finished } }: StreamReading): number | null {
  return /^\d+$/.test(finished) ? Number(finished) : null;
}

function lastCommitAt({ threads }: Pick<EngineState, "threads">): string | null {
  const instants = threads.flatMap(({ last_commit_at: at }) => (at === null ? [] : [at]));
  return instants.toSorted().at(-1) ?? null;
}

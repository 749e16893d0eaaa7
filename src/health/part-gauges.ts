import type { GaugeReading } from "../metrics/gauges.ts";
import type { HealthParts } from "./health-report.ts";

/** Unknown values have no sample: a stream out of reach is not empty. */
export function partGauges(parts: HealthParts, streamLengthMax: number): readonly GaugeReading[] {
  const { backlog, database, losses, notReady, stillForMs, clockOffsetMs } = parts;
  return [
    {
      name: "queueflow_redis_up",
      help: "Whether Redis responds.",
      value: Number(backlog !== undefined),
    },
    {
      name: "queueflow_postgres_up",
      help: "Whether PostgreSQL responds.",
      value: Number(database.state === "up"),
    },
    {
      name: "queueflow_ready",
      help: "Whether an event would be accepted now.",
      value: Number(notReady === undefined),
    },
    {
      name: "queueflow_stream_entries",
      help: "Entries in the stream, processed ones included.",
      value: backlog?.length,
    },
    {
      name: "queueflow_stream_entries_max",
      help: "Entries in the stream at which events are refused: STREAM_LENGTH_MAX.",
      value: streamLengthMax,
    },
    {
      name: "queueflow_stream_pending_entries",
      help: "Entries delivered to a consumer and not yet acknowledged.",
      value: backlog?.pending,
    },
    {
      name: "queueflow_stream_lag_entries",
      help: "Entries not yet delivered to any consumer.",
      value: backlog && backlog.entries - backlog.pending,
    },
    {
      name: "queueflow_stream_oldest_age_seconds",
      help: "Age of the oldest entry that is not yet stored; 0 when there is none.",
      value: backlog && backlog.lagMs / 1_000,
    },
    {
      name: "queueflow_stream_ids_ahead_seconds",
      help: "How far the ids of new entries are ahead of the clock of Redis.",
      value: backlog && backlog.idsAheadMs / 1_000,
    },
    {
      name: "queueflow_stream_exhausted",
      help: "Whether the stream has used the last possible id, so that Redis takes no entry.",
      value: backlog && Number(backlog.isExhausted),
    },
    {
      name: "queueflow_stream_still_seconds",
      help: "For how long entries have waited with none finished, by any consumer of any process.",
      value: backlog && stillForMs / 1_000,
    },
    {
      name: "queueflow_clock_offset_seconds",
      help: "The clock of this machine less that of Redis.",
      value: clockOffsetMs === undefined ? undefined : clockOffsetMs / 1_000,
    },
    {
      name: "queueflow_dead_events_rows",
      help: "Rows of dead_events, counted up to 100000.",
      value: database.deadLetters,
    },
    {
      name: "queueflow_losses_unacknowledged_entries",
      help: "Accepted events that were lost, at least, and that no operator has acknowledged.",
      value: losses?.entries,
    },
  ];
}

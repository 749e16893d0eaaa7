import type { Status } from "../../api/engine/pipeline.ts";

/** Five minutes of a reading every two seconds. */
const READINGS_MAX = 150;

/** What the charts of the pipeline show of a moment. Null is unknown. */
export interface Reading {
  readonly atMs: number;
  /** A second, since the reading before. */
  readonly accepted: number | null;
  readonly stored: number | null;
  readonly backlog: number | null;
  readonly ageMs: number | null;
  readonly status: Status;
}

/** Adds what a status says. Returns the same readings for one that was added already. */
export function withReading(readings: readonly Reading[], status: Status): readonly Reading[] {
  const atMs = Date.parse(status.at);
  const before = readings.at(-1);
  if (before !== undefined && before.atMs >= atMs) return readings;
  const { stream } = status;
  const seconds = before === undefined ? Number.NaN : (atMs - before.atMs) / 1_000;
  const rate = (counted: "appended_entries" | "finished_entries"): number | null => {
    const from = before?.status.stream[counted] ?? null;
    const to = stream[counted];
    // Redis may have lost count.
    return from === null || to === null || to < from ? null : Math.round((to - from) / seconds);
  };
  const reading = {
    atMs,
    accepted: rate("appended_entries"),
    stored: rate("finished_entries"),
    backlog: stream.backlog_entries,
    ageMs: stream.oldest_age_ms,
    status,
  };
  return [...readings, reading].slice(-READINGS_MAX);
}

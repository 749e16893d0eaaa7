import { type ChunkColumnName, TEXT_COLUMNS } from "../../event/text-columns.ts";
import type { RawColumnName } from "../../store/reports/raw-rows.ts";
import type { ColumnName } from "../columns/day-events.ts";
import type { Interval } from "../query/report-query.ts";

/** What a question reads. */
export interface ChosenColumns {
  readonly columns: ReadonlySet<ColumnName>;
  /** Whether the order of a user's events of one instant matters. */
  readonly orderMatters: boolean;
  /** Only events in it are read. Absent means whole days. */
  readonly within?: Interval;
}

export function chunkColumnsOf(chosen: ChosenColumns): readonly ChunkColumnName[] {
  const { columns } = chosen;
  return [
    "times",
    ...(needsUsers(chosen) ? (["users", "user_index"] as const) : []),
    ...(columns.has("user_texts") ? (["user_texts"] as const) : []),
    ...(columns.has("engaged_ms") ? (["engaged_ms"] as const) : []),
    ...TEXT_COLUMNS.filter((name) => columns.has(name)),
  ];
}

export function rawColumnsOf(chosen: ChosenColumns): readonly RawColumnName[] {
  const { columns, orderMatters } = chosen;
  return [
    ...(orderMatters ? (["event_id"] as const) : []),
    ...(needsUsers(chosen) ? (["user_id"] as const) : []),
    ...(columns.has("engaged_ms") ? (["engaged_ms"] as const) : []),
    ...TEXT_COLUMNS.filter((name) => columns.has(name)),
  ];
}

/** Ties are found by user. */
function needsUsers({ columns, orderMatters }: ChosenColumns): boolean {
  return orderMatters || columns.has("users") || columns.has("user_texts");
}

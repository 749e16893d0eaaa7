import { type ChunkColumnName, TEXT_COLUMNS } from "../../event/text-columns.ts";
import type { RawColumnName } from "../../store/reports/raw-rows.ts";
import type { ColumnName, DayEvents } from "../columns/day-events.ts";
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

/** Returns a day's rows with the chosen columns only, of which the day has all and perhaps more. */
export function chosenOf(day: DayEvents, chosen: ChosenColumns): DayEvents {
  const { columns } = chosen;
  const { count, times, users, userIndex, userTexts, texts, engagedMs } = day;
  return {
    count,
    times,
    ...(needsUsers(chosen) ? { users, userIndex } : NO_USERS),
    ...(userTexts && columns.has("user_texts") && { userTexts }),
    texts: Object.fromEntries(
      TEXT_COLUMNS.flatMap((name) =>
        columns.has(name) && texts[name] ? [[name, texts[name]]] : [],
      ),
    ),
    ...(engagedMs && columns.has("engaged_ms") && { engagedMs }),
  };
}

const NO_USERS = { users: new Uint32Array(), userIndex: new Uint32Array() };

/** Ties are found by user. */
function needsUsers({ columns, orderMatters }: ChosenColumns): boolean {
  return orderMatters || columns.has("users") || columns.has("user_texts");
}

import type { TextColumnName } from "../../event/text-columns.ts";

/** What a reader may ask for besides `times`. */
export type ColumnName = "users" | "user_texts" | "engaged_ms" | TextColumnName;

/** Distinct texts as UTF-8: text i lies from `ends[i - 1]` (0 for the first) to `ends[i]`. */
export interface Texts {
  readonly bytes: Uint8Array;
  readonly ends: Uint32Array;
}

/** Distinct values in byte order, and the value of each event. */
export interface TextColumn extends Texts {
  /** 0 for none, otherwise the value's place plus 1. */
  readonly index: Uint32Array;
}

/**
 * Events of one site and UTC day, by time and then `event_id`. All indexes have one type: a loop over arrays of several types takes
 * five times as long.
 */
export interface DayEvents {
  readonly count: number;
  /** Milliseconds since the UTC day began, ascending. */
  readonly times: Uint32Array;
  /** Keyed hashes of the distinct users, ascending: high and low halves alternate. Empty unless asked for. */
  readonly users: Uint32Array;
  /** The place of each event's user in `users`. Empty unless asked for. */
  readonly userIndex: Uint32Array;
  /** The ids of `users`, in their order. */
  readonly userTexts?: Texts;
  /** The columns asked for, without those that no event has. */
  readonly texts: Readonly<Partial<Record<TextColumnName, TextColumn>>>;
  /** -1 for none. Absent where no event has it, or nobody asked. */
  readonly engagedMs?: Int32Array;
}

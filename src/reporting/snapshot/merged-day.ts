import type { ChunkColumnName } from "../../event/text-columns.ts";
import type { DayEvents } from "../columns/day-events.ts";
import type { DecodedColumn } from "../columns/decode-column.ts";
import { type DecodedColumns, dayEventsOf } from "../columns/decode-day-events.ts";
import { type MergedEvents, mergeDayEvents } from "../columns/merge/merge-day-events.ts";
import type { CachedChunk } from "./column-cache.ts";
import type { DayContents } from "./day-contents.ts";

/** A day whose columns are in memory. */
export interface LoadedDay {
  readonly contents: DayContents;
  /** In the order of `contents.parts`. */
  readonly chunks: readonly CachedChunk[];
  readonly tail: DayEvents | undefined;
}

const NO_EVENTS: DayEvents = {
  count: 0,
  times: new Uint32Array(),
  users: new Uint32Array(),
  userIndex: new Uint32Array(),
  texts: {},
};

/** Merges the given columns of a day, none of which may be damaged. Other questions may have read more of its chunks. */
export function mergedDay(
  { contents, chunks, tail }: LoadedDay,
  columns: readonly ChunkColumnName[],
): MergedEvents {
  const packed = chunks.map((chunk, i) =>
    dayEventsOf(columnsOf(chunk, columns), contents.parts[i]?.events ?? 0),
  );
  const [first = NO_EVENTS, ...others] = tail === undefined ? packed : [...packed, tail];
  return mergeDayEvents(first, others);
}

function columnsOf(chunk: CachedChunk, names: readonly ChunkColumnName[]): DecodedColumns {
  const columns = new Map<ChunkColumnName, DecodedColumn>();
  for (const name of names) {
    const column = chunk.columns.get(name);
    if (column) columns.set(name, column);
  }
  return columns;
}

import type { Pieces } from "../../async/pieces.ts";
import type { ChunkColumnName } from "../../event/text-columns.ts";
import type { DayEvents } from "../columns/day-events.ts";
import type { DecodedColumn } from "../columns/decode-column.ts";
import { type DecodedColumns, dayEventsOf } from "../columns/decode-day-events.ts";
import { type MergedEvents, mergingDayEvents } from "../columns/merge/merge-day-events.ts";
import { sliceDayEvents } from "../columns/slice-day-events.ts";
import type { Interval } from "../query/report-query.ts";
import type { CachedChunk } from "./column-cache.ts";
import type { DayContents } from "./day-contents.ts";
import { isEmpty, placesWithin } from "./places-within.ts";

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

/**
 * Merges the given columns of a day, none of which may be damaged, from chunks only the events within an interval. Other questions may
 * have read more of its chunks.
 */
export function* mergedDay(
  { contents, chunks, tail }: LoadedDay,
  { columns, within }: { columns: readonly ChunkColumnName[]; within: Interval | undefined },
): Pieces<MergedEvents> {
  const packed = chunks.flatMap((chunk, i) => {
    const count = contents.parts[i]?.events ?? 0;
    if (within === undefined) return dayEventsOf(columnsOf(chunk, columns), count);
    const times = chunk.columns.get("times")?.integers ?? new Uint32Array();
    const places = placesWithin(times, contents.date, within);
    if (isEmpty(places)) return [];
    return sliceDayEvents(dayEventsOf(columnsOf(chunk, columns), count), places.from, places.to);
  });
  const [first = NO_EVENTS, ...others] = tail === undefined ? packed : [...packed, tail];
  return yield* mergingDayEvents(first, others);
}

function columnsOf(chunk: CachedChunk, names: readonly ChunkColumnName[]): DecodedColumns {
  const columns = new Map<ChunkColumnName, DecodedColumn>();
  for (const name of names) {
    const column = chunk.columns.get(name);
    if (column) columns.set(name, column);
  }
  return columns;
}

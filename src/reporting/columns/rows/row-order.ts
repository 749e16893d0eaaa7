import { DAY_MS } from "../../../event/day.ts";

const POSTGRES_EPOCH_MS = Date.UTC(2000, 0, 1);
const EVENT_ID_BYTES = 16;
/** So that a time of a day and a row fit the 53 bits of a number that are exact. */
export const ROWS_MAX = 2 ** 21;

/** Rows of a UTC day by time and then `event_id`. */
export interface DayRows {
  readonly dayMs: number;
  readonly rows: Uint32Array;
  /** Of the rows, since the day began. */
  readonly times: Uint32Array;
}

/** Reads big-endian microseconds since 2000, returns milliseconds since 1970. */
export function millisecondsOf(timestamps: Uint8Array): Float64Array {
  const { buffer, byteOffset, length } = timestamps;
  const view = new DataView(buffer, byteOffset, length);
  const times = new Float64Array(length / 8);
  for (let i = 0; i < times.length; i += 1) {
    const microseconds = view.getInt32(8 * i) * 2 ** 32 + view.getUint32(8 * i + 4);
    times[i] = POSTGRES_EPOCH_MS + Math.floor(microseconds / 1_000);
  }
  return times;
}

/** Divides rows by day. Without `eventIds`, rows of one instant stay in their order. */
export function orderRows(
  times: Float64Array,
  eventIds: Uint8Array | undefined,
): readonly DayRows[] {
  return [...rowsByDay(times)]
    .toSorted(([a], [b]) => a - b)
    .map(([dayMs, rows]) => {
      const keys = new Float64Array(rows.length);
      for (let i = 0; i < rows.length; i += 1) {
        const row = rows[i] ?? 0;
        keys[i] = ((times[row] ?? 0) - dayMs) * ROWS_MAX + row;
      }
      keys.sort();
      const day = {
        dayMs,
        rows: new Uint32Array(keys.length),
        times: new Uint32Array(keys.length),
      };
      for (let i = 0; i < keys.length; i += 1) {
        const key = keys[i] ?? 0;
        const time = Math.floor(key / ROWS_MAX);
        day.times[i] = time;
        day.rows[i] = key - time * ROWS_MAX;
      }
      if (eventIds !== undefined) orderInstants(day, eventIds);
      return day;
    });
}

function rowsByDay(times: Float64Array): ReadonlyMap<number, readonly number[]> {
  const days = new Map<number, number[]>();
  let dayMs = Number.NaN;
  let rows: number[] = [];
  for (let row = 0; row < times.length; row += 1) {
    const time = times[row] ?? 0;
    if (!(time >= dayMs && time < dayMs + DAY_MS)) {
      dayMs = Math.floor(time / DAY_MS) * DAY_MS;
      rows = days.get(dayMs) ?? [];
      days.set(dayMs, rows);
    }
    rows.push(row);
  }
  return days;
}

function orderInstants({ rows, times }: DayRows, eventIds: Uint8Array): void {
  for (let from = 0, to = 0; from < rows.length; from = to) {
    to = from + 1;
    while (to < rows.length && times[to] === times[from]) to += 1;
    if (to - from > 1) rows.subarray(from, to).sort((a, b) => compareIds(eventIds, a, b));
  }
}

function compareIds(eventIds: Uint8Array, a: number, b: number): number {
  for (let i = 0; i < EVENT_ID_BYTES; i += 1) {
    const difference =
      (eventIds[EVENT_ID_BYTES * a + i] ?? 0) - (eventIds[EVENT_ID_BYTES * b + i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

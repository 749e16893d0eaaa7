import type { FoldDay } from "./fold-day.ts";

/** Events that are folded between two looks at the time: a pass over them takes about a tenth of a millisecond. */
export const SPAN_EVENTS = 16_384;

/** Consecutive events of a day. */
export interface Span {
  readonly day: FoldDay;
  readonly from: number;
  readonly to: number;
}

export function* spansOf(day: FoldDay, from = 0, to = day.events.count): Generator<Span> {
  for (let start = from; start < to; start += SPAN_EVENTS) {
    yield { day, from: start, to: Math.min(start + SPAN_EVENTS, to) };
  }
}

/** Returns the first event of the day at or after an offset in milliseconds. */
export function firstAt(times: Uint32Array, offsetMs: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[middle] ?? 0) < offsetMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

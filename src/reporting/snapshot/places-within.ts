import { firstAt } from "../fold/days/spans.ts";
import type { Interval } from "../query/report-query.ts";

export interface Places {
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
}

/** Returns which events of a UTC day are in an interval. Their times are ascending, in milliseconds since the day began. */
export function placesWithin(times: Uint32Array, date: string, within: Interval): Places {
  const startMs = Date.parse(date);
  return {
    from: firstAt(times, within.fromMs - startMs),
    to: firstAt(times, within.toMs - startMs),
  };
}

export function isEmpty({ from, to }: Places): boolean {
  return from === to;
}

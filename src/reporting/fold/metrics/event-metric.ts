import type { FoldDay } from "../days/fold-day.ts";
import type { Selection } from "../events/selection.ts";
import type { Pace } from "../pace.ts";

/** Counts something of the selected events by row. */
export interface EventMetric {
  prepare(day: FoldDay, pace: Pace): Promise<void>;
  /** @param rows one more than the highest row. */
  add(selection: Selection, day: FoldDay, rows: number): void;
}

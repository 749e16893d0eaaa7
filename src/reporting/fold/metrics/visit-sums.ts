import { roundedRate, roundedRatio, roundedSeconds } from "../../answer/rounding.ts";
import type { Selection } from "../events/selection.ts";
import { GrowingInts, GrowingSums } from "../ids/growing.ts";
import type { VisitTable } from "../visits/visit-table.ts";

/** Sums of whole visits by row. */
export class VisitSums {
  readonly #table: VisitTable;
  readonly #visits = new GrowingInts();
  readonly #bounces = new GrowingInts();
  readonly #pageViews = new GrowingSums();
  readonly #durationsMs = new GrowingSums();

  constructor(table: VisitTable) {
    this.#table = table;
  }

  /** @param rows one more than the highest row. */
  add({ groups, visits: selected, count }: Selection, rows: number): void {
    const visits = this.#visits.ensure(rows);
    const bounces = this.#bounces.ensure(rows);
    const pageViews = this.#pageViews.ensure(rows);
    const durationsMs = this.#durationsMs.ensure(rows);
    const table = this.#table;
    const [interactionsOf, pageViewsOf] = [table.interactions.values, table.pageViews.values];
    const durationsOf = table.durationsMs.values;
    for (let at = 0; at < count; at++) {
      const row = groups[at] ?? 0;
      const visit = selected[at] ?? 0;
      visits[row] = (visits[row] ?? 0) + 1;
      if (interactionsOf[visit] === 1) bounces[row] = (bounces[row] ?? 0) + 1;
      pageViews[row] = (pageViews[row] ?? 0) + (pageViewsOf[visit] ?? 0);
      durationsMs[row] = (durationsMs[row] ?? 0) + (durationsOf[visit] ?? 0);
    }
  }

  visits(row: number): number {
    return this.#visits.values[row] ?? 0;
  }

  bounceRate(row: number): number | null {
    return roundedRate(this.#bounces.values[row] ?? 0, this.visits(row));
  }

  viewsPerVisit(row: number): number | null {
    return roundedRatio(this.#pageViews.values[row] ?? 0, this.visits(row));
  }

  durationSeconds(row: number): number | null {
    return roundedSeconds(this.#durationsMs.values[row] ?? 0, this.visits(row));
  }
}

import type { Rollup } from "./rollup.ts";

/** Null stands for a missing row. Each rollup that counts events adds its sum, such as `path_views`. */
export interface DayDifference {
  readonly kind: "day";
  readonly site_id: string;
  readonly date: string;
  readonly events: number;
  readonly pruned_events: number;
  readonly total_views: number | null;
  readonly [sum: `${string}_views`]: number | null;
  readonly unique_users: number | null;
  readonly users: number | null;
}

/** A rollup without a count has 1 or no row for a value that occurred. */
export interface RowDifference {
  readonly kind: "row";
  readonly rollup: Rollup;
  readonly site_id: string;
  readonly date: string;
  readonly key: string;
  readonly counted: number;
  readonly kept: number | null;
}

/** Rows whose key another row already has, and the worst sites. */
export interface DuplicateRows {
  readonly kind: "double";
  readonly table: string;
  readonly doubled: number;
  readonly sites: readonly string[];
}

export type Difference = DayDifference | RowDifference | DuplicateRows;

export interface Differences {
  readonly rows: readonly Difference[];
  readonly total: number;
}

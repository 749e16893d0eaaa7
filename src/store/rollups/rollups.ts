import { PATH_COUNTS } from "./path-counts.ts";
import type { Rollup } from "./rollup.ts";
import { SITE_USERS } from "./site-users.ts";

/** In the order in which batches write, `DAY_TOTALS` last: one order prevents deadlocks. */
export const ROLLUPS: readonly Rollup[] = [SITE_USERS, PATH_COUNTS];

/** Derived from `PATH_COUNTS` and `SITE_USERS`. */
export const DAY_TOTALS = "daily_site_stats";

export function countRollups(
  rollups: readonly Rollup[],
): readonly (Rollup & { readonly views: string })[] {
  return rollups.flatMap((rollup) =>
    rollup.views === undefined ? [] : [{ ...rollup, views: rollup.views }],
  );
}

import { PATH_COUNTS } from "./path-counts.ts";
import type { Rollup } from "./rollup.ts";
import { SITE_USERS } from "./site-users.ts";

/**
 * Every rollup, in the order in which a batch writes their tables; `DAY_TOTALS` comes last. One order for all batches
 * prevents deadlocks. A new rollup needs its definition, a migration that creates its table, and its name here.
 */
export const ROLLUPS: readonly Rollup[] = [SITE_USERS, PATH_COUNTS];

/** The totals of each site's day, derived from `PATH_COUNTS` and `SITE_USERS`. */
export const DAY_TOTALS = "daily_site_stats";

/** The rollups that count events, with the column that does. */
export function countRollups(
  rollups: readonly Rollup[],
): readonly (Rollup & { readonly views: string })[] {
  return rollups.flatMap((rollup) =>
    rollup.views === undefined ? [] : [{ ...rollup, views: rollup.views }],
  );
}

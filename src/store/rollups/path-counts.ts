import type { Rollup } from "./rollup.ts";

/** Their sum is `daily_site_stats.total_views`. */
export const PATH_COUNTS: Rollup & { readonly views: string } = {
  kind: "path",
  table: "daily_site_path_counts",
  key: { column: "path", sql: "path", of: ({ path }) => path },
  views: "views",
  hasFloor: true,
};

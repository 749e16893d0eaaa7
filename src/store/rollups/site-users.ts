import type { Rollup } from "./rollup.ts";

/** Their number is `daily_site_stats.unique_users`. */
export const SITE_USERS: Rollup = {
  kind: "user",
  table: "daily_site_users",
  key: { column: "user_id", sql: "user_id", of: ({ userId }) => userId },
};

import { DAY_TOTALS, ROLLUPS } from "../rollups/rollups.ts";

/**
 * Tables that Citus distributes by `site_id`, in the order in which batches write them. All rows of a site are on one server, so a statement
 * about a site is one of that server. The other tables stay on the coordinator: they are small, are read for all sites at once, or have no
 * site. A batch that sets an entry aside commits there anyway.
 */
export const DISTRIBUTED_TABLES: readonly string[] = [
  "events",
  ...ROLLUPS.map(({ table }) => table),
  DAY_TOTALS,
  "daily_site_path_floors",
  "pruned_days",
  "site_packing",
  "day_chunks",
];

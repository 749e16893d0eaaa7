import { PATH_COUNTS } from "../../rollups/path-counts.ts";
import type { Rollup } from "../../rollups/rollup.ts";
import { DAY_TOTALS, ROLLUPS } from "../../rollups/rollups.ts";

/**
 * When an upgrade of the C library or ICU changes the collation that an index was built in, its unique key accepts a row twice.
 */
export interface TextKey {
  readonly table: string;
  /** The first one names the owner of a row, for a person. */
  readonly texts: readonly [string, ...string[]];
  readonly others: readonly string[];
  readonly where?: string;
  /** Keep the row with the lowest `id`, or add up these columns. */
  readonly merge: "first" | readonly string[];
}

export const EVENTS_KEY: TextKey = {
  table: "events",
  texts: ["site_id"],
  others: ["event_id"],
  merge: "first",
};

export const DEAD_LETTERS_KEY: TextKey = {
  table: "dead_events",
  texts: ["stream", "entry_id"],
  others: ["fields_hash"],
  where: "fields_hash IS NOT NULL",
  merge: "first",
};

export const PATH_COUNTS_KEY = keyOfRollup(PATH_COUNTS);

/** A column such as `floor` gets its default in a merged row. */
export function keyOfRollup({ table, key, views }: Rollup): TextKey {
  return {
    table,
    texts: ["site_id", key.column],
    others: ["date"],
    merge: views === undefined ? [] : [views],
  };
}

export const DAY_TOTALS_KEY: TextKey = {
  table: DAY_TOTALS,
  texts: ["site_id"],
  others: ["date"],
  merge: ["total_views", "unique_users"],
};

export const PRUNED_DAYS_KEY: TextKey = {
  table: "pruned_days",
  texts: ["site_id"],
  others: ["date"],
  merge: ["events", "packed"],
};

/** Batches and commands lock their tables in this order. */
export const TEXT_KEYS: readonly TextKey[] = [
  EVENTS_KEY,
  ...ROLLUPS.map(keyOfRollup),
  DAY_TOTALS_KEY,
  DEAD_LETTERS_KEY,
  PRUNED_DAYS_KEY,
];

/** Returns SQL that compares texts as bytes. */
export function keyColumns({ texts, others }: TextKey): string {
  return [...texts.map((name) => `${name} COLLATE "C"`), ...others].join(", ");
}

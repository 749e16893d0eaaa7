/**
 * A unique key with text columns. Under the database's collation its index is only as good as the order it was built in: when
 * an upgrade of the C library or of ICU changes that order, the key accepts a row twice.
 */
export interface TextKey {
  readonly table: string;
  /** Its text columns; the first one says whose row it is, for a person. */
  readonly texts: readonly [string, ...string[]];
  readonly others: readonly string[];
  /** The rows that the key covers; all unless given. */
  readonly where?: string;
  /** How to make one row of several: keep the one with the lowest `id`, or add up these columns. */
  readonly merge: "first" | readonly string[];
  /** Columns that have their default in the one row. */
  readonly reset?: readonly string[];
}

/** The tables that hold text keys, by their names. A batch and every command lock them in this order. */
export const TEXT_KEYS = {
  events: { table: "events", texts: ["site_id"], others: ["event_id"], merge: "first" },
  daily_site_users: {
    table: "daily_site_users",
    texts: ["site_id", "user_id"],
    others: ["date"],
    merge: [],
  },
  daily_site_path_counts: {
    table: "daily_site_path_counts",
    texts: ["site_id", "path"],
    others: ["date"],
    merge: ["views"],
    reset: ["floor"],
  },
  daily_site_stats: {
    table: "daily_site_stats",
    texts: ["site_id"],
    others: ["date"],
    merge: ["total_views", "unique_users"],
  },
  dead_events: {
    table: "dead_events",
    texts: ["stream", "entry_id"],
    others: ["fields_hash"],
    where: "fields_hash IS NOT NULL",
    merge: "first",
  },
  pruned_days: {
    table: "pruned_days",
    texts: ["site_id"],
    others: ["date"],
    merge: ["events"],
  },
} as const satisfies Record<string, TextKey>;

/** The key's columns as SQL, the text ones compared as bytes: what the rows of one key have in common. */
export function keyColumns({ texts, others }: TextKey): string {
  return [...texts.map((name) => `${name} COLLATE "C"`), ...others].join(", ");
}

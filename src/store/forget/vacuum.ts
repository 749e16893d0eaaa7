import { UPKEEP_LOCK } from "../advisory-locks.ts";
import type { Database } from "../database.ts";
import { UPKEEP_DEADLINE_MS } from "../deadlines.ts";
import { holdLock } from "../hold-lock.ts";
import { DAY_TOTALS, ROLLUPS } from "../rollups/rollups.ts";
import { withoutTimeouts } from "../without-timeouts.ts";

const VACUUMED_TABLES = [
  "events",
  ...ROLLUPS.map(({ table }) => table),
  DAY_TOTALS,
  "daily_site_path_floors",
  "day_chunks",
  "dead_events",
];

/**
 * Has PostgreSQL reuse the space of deleted rows, which it otherwise does only after a fifth of a table has changed. Skips tables that
 * others have locked. Holds the lock of upkeep, so that a rebuild or another forget waits instead of failing.
 */
export async function vacuum(database: Database): Promise<void> {
  await holdLock(database, { key: UPKEEP_LOCK, how: "exclusive" }, async () => {
    await withoutTimeouts(
      database,
      UPKEEP_DEADLINE_MS,
      async (sql) => await sql`VACUUM (SKIP_LOCKED, TRUNCATE false) ${sql(VACUUMED_TABLES)}`,
    );
  });
}

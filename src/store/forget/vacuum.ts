import { UPKEEP_LOCK } from "../advisory-locks.ts";
import type { Database } from "../database.ts";
import { UPKEEP_DEADLINE_MS } from "../deadlines.ts";
import { DAY_TOTALS, ROLLUPS } from "../rollups/rollups.ts";

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
  await database.query(UPKEEP_DEADLINE_MS, async (sql) => {
    await sql`SELECT set_config('statement_timeout', '0', false), set_config('lock_timeout', '0', false)`;
    try {
      await sql`SELECT pg_advisory_lock(${UPKEEP_LOCK})`;
      await sql`VACUUM (SKIP_LOCKED, TRUNCATE false) ${sql(VACUUMED_TABLES)}`;
    } finally {
      await sql`SELECT pg_advisory_unlock(${UPKEEP_LOCK})`;
      await sql`RESET statement_timeout`;
      await sql`RESET lock_timeout`;
    }
  });
}

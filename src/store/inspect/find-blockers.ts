import type { Database } from "../database.ts";
import { CHECK_DEADLINE_MS } from "../deadlines.ts";
import { TABLES } from "../schema/tables.ts";

const BLOCKERS_MAX = 5;

export interface Blocker {
  readonly pid: number;
  readonly user: string;
  /** Null where this user may not see it. */
  readonly heldMs: number | null;
  /** Its first 60 characters. */
  readonly statement: string;
}

/** Finds sessions of other programs. Engines wait for each other all the time, for a moment. */
export async function findBlockers(database: Database): Promise<readonly Blocker[]> {
  return await database.query(
    CHECK_DEADLINE_MS,
    async (sql) =>
      await sql<Blocker[]>`
      SELECT pid, usename AS user, left(query, 60) AS statement,
        extract(epoch FROM clock_timestamp() - xact_start)::float8 * 1000 AS "heldMs"
      FROM pg_stat_activity
      WHERE application_name IS DISTINCT FROM 'queueflow' AND pid IN (
        SELECT unnest(pg_blocking_pids(pid))
        FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'queueflow' AND wait_event_type = 'Lock'
        UNION
        SELECT locks.pid
        FROM pg_locks AS locks
        JOIN pg_class ON pg_class.oid = locks.relation
        WHERE locks.granted
          AND locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())
          AND locks.mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
          AND pg_class.relkind IN ('r', 'p') AND pg_class.relname = ANY (${TABLES}::text[])
      )
      ORDER BY xact_start
      LIMIT ${BLOCKERS_MAX}`,
  );
}

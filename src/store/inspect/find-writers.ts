import type { Database } from "../database.ts";
import { CHECK_DEADLINE_MS } from "../deadlines.ts";

export interface WriterOfEvents {
  /** The virtual transaction, or the transaction of a prepared one. */
  readonly writer: string;
  /** Null for a prepared transaction. */
  readonly pid: number | null;
  readonly age_ms: number;
}

/** Returns the transactions that have been writing to `events` for at least `ageMsMin`, the oldest first. Packing waits for them. */
export async function findWriters(
  database: Database,
  ageMsMin: number,
): Promise<readonly WriterOfEvents[]> {
  return await database.query(CHECK_DEADLINE_MS, async (sql) => {
    const rows = await sql<WriterOfEvents[]>`
      SELECT * FROM (
        SELECT DISTINCT coalesce(gid, virtualtransaction) AS writer, locks.pid,
          round(extract(epoch FROM clock_timestamp() - coalesce(prepared, xact_start)) * 1000)::float8 AS age_ms
        FROM pg_locks AS locks
        LEFT JOIN pg_stat_activity AS activity ON activity.pid = locks.pid
        LEFT JOIN pg_prepared_xacts ON virtualtransaction = '-1/' || transaction
        WHERE relation = 'events'::regclass AND mode = 'RowExclusiveLock' AND granted
          AND locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())
      ) AS writers
      WHERE age_ms >= ${ageMsMin} ORDER BY age_ms DESC`;
    return [...rows];
  });
}

import type { Database } from "../database.ts";
import { QUERY_DEADLINE_MS } from "../deadlines.ts";

/**
 * Returns who is writing to `events`, prepared transactions included, as virtual transaction ids. Writers hold their lock from before
 * they draw an id until their outcome is visible.
 */
export async function readWriters(database: Database): Promise<ReadonlySet<string>> {
  return await database.query(QUERY_DEADLINE_MS, async (sql) => {
    const rows = await sql<{ writer: string }[]>`
      SELECT DISTINCT virtualtransaction AS writer FROM pg_locks
      WHERE locktype = 'relation' AND relation = 'events'::regclass AND mode = 'RowExclusiveLock' AND granted
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;
    return new Set(rows.map(({ writer }) => writer));
  });
}

/** Preparing a transaction gives its locks to one of these. */
const PREPARED = /^-1\//;

/**
 * Returns which of the `watched` writers still write. When one has vanished, it may be any of the prepared transactions that there are
 * now.
 */
export function stillWriting(
  watched: ReadonlySet<string>,
  now: ReadonlySet<string>,
): ReadonlySet<string> {
  const remaining = watched.intersection(now);
  const ended = [...watched.difference(now)];
  if (ended.every((writer) => PREPARED.test(writer))) return remaining;
  return remaining.union(new Set([...now].filter((writer) => PREPARED.test(writer))));
}

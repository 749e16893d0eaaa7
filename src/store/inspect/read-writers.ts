import type { Database } from "../database.ts";
import { QUERY_DEADLINE_MS } from "../deadlines.ts";
import { askWorkers } from "../distribution/ask-workers.ts";

/**
 * Returns who is writing to `events`, prepared transactions included, as virtual transaction ids; on a worker of Citus, behind its name.
 * Writers hold their lock from before they draw an id until their outcome is visible.
 *
 * Workers are asked after the coordinator: a transaction that has ended there is prepared on its workers, or visible on them.
 *
 * @throws What the driver throws; QueueFlowError `database_unavailable` while a worker does not answer, which may have prepared transactions.
 */
export async function readWriters(database: Database): Promise<ReadonlySet<string>> {
  return await database.query(QUERY_DEADLINE_MS, async (sql) => {
    const rows = await sql<{ writer: string }[]>`
      SELECT DISTINCT virtualtransaction AS writer FROM pg_locks
      WHERE locktype = 'relation' AND relation = 'events'::regclass AND mode = 'RowExclusiveLock' AND granted
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;
    const writers = new Set(rows.map(({ writer }) => writer));
    if (!database.hasCitus) return writers;
    for (const { worker, answer } of await askWorkers(sql, WRITERS_OF_WORKER)) {
      for (const writer of answer.split(" ")) if (writer !== "") writers.add(`${worker} ${writer}`);
    }
    return writers;
  });
}

/** Those of the shards of `events` on a worker. */
const WRITERS_OF_WORKER = `
  SELECT coalesce(string_agg(DISTINCT virtualtransaction, ' '), '') FROM pg_locks
  WHERE locktype = 'relation' AND mode = 'RowExclusiveLock' AND granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND relation IN (
      SELECT to_regclass(shard_name(logicalrelid, shardid)) FROM pg_dist_shard WHERE logicalrelid = to_regclass('events')
    )`;

/** Preparing a transaction gives its locks to one of these. */
const PREPARED = /(?:^| )-1\//;

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

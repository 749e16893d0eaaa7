import { setTimeout as delay } from "node:timers/promises";
import { QueueFlowError } from "../../errors.ts";
import type { Database } from "../database.ts";
import { QUERY_DEADLINE_MS } from "../deadlines.ts";

/** A batch has ended one way or the other by then; longer is a person's transaction. */
const WRITERS_DEADLINE_MS = 30_000;
const WRITERS_INTERVAL_MS = 50;

/** What a prune is about to delete: rows received before an instant, an ISO string, and the days that it keeps. */
export interface AnnouncedPrune {
  readonly prunedBefore: string;
  readonly keptDays: number;
}

/**
 * Records the horizon of a prune, and resolves when every transaction that stores events knows it: those that may have
 * read the one before have ended. Nobody waits for this but the prune. A transaction that writes `events` holds its lock until
 * its outcome is visible, prepared transactions included, and reads the horizon while it holds it.
 *
 * @throws QueueFlowError `database_unavailable` when another session writes `events` for longer than a batch may take.
 */
export async function announcePrune(
  database: Database,
  { prunedBefore, keptDays }: AnnouncedPrune,
): Promise<void> {
  await database.query(
    QUERY_DEADLINE_MS,
    async (sql) =>
      await sql`
      INSERT INTO retention_state AS state (pruned_before, kept_days)
      VALUES (${prunedBefore}::text::timestamptz, ${keptDays})
      ON CONFLICT (only_row) DO UPDATE SET
        (pruned_before, kept_days) = (
          SELECT pruned_before, kept_days
          FROM (VALUES (excluded.pruned_before, excluded.kept_days), (state.pruned_before, state.kept_days))
            AS horizons (pruned_before, kept_days)
          -- One that a clock made that was ahead says nothing.
          ORDER BY pruned_before <= now() - kept_days * interval '1 day' DESC NULLS LAST, pruned_before DESC NULLS LAST
          LIMIT 1
        ),
        held_since = NULL,
        held_events = NULL
    `,
  );
  const startedAtMs = performance.now();
  let writers = await readWriters(database);
  while (writers.length > 0) {
    if (performance.now() - startedAtMs > WRITERS_DEADLINE_MS) throw heldUp();
    await delay(WRITERS_INTERVAL_MS);
    const current = new Set(await readWriters(database));
    writers = writers.filter((writer) => current.has(writer));
  }
}

/** The transactions that have written `events` and have not ended. */
async function readWriters(database: Database): Promise<readonly string[]> {
  const rows = await database.query(
    QUERY_DEADLINE_MS,
    async (sql) =>
      await sql<{ writer: string }[]>`
      SELECT DISTINCT virtualtransaction AS writer FROM pg_locks
      WHERE locktype = 'relation' AND relation = 'events'::regclass AND mode = 'RowExclusiveLock' AND granted
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    `,
  );
  return rows.map(({ writer }) => writer);
}

function heldUp(): QueueFlowError {
  const sentence = `Another session has been writing to the table events for ${WRITERS_DEADLINE_MS / 1_000} s`;
  return new QueueFlowError("database_unavailable", sentence);
}

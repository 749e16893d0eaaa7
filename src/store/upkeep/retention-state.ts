import { setTimeout as delay } from "node:timers/promises";
import { QueueFlowError } from "../../errors.ts";
import type { Database } from "../database.ts";
import { CHECK_DEADLINE_MS, QUERY_DEADLINE_MS } from "../deadlines.ts";
import { readWriters, stillWriting } from "../inspect/read-writers.ts";

/** Three times as long as a batch may take. */
const WRITERS_DEADLINE_MS = 30_000;
const WRITERS_INTERVAL_MS = 50;

/** `prunedBefore` is an ISO string. */
export interface AnnouncedPrune {
  readonly prunedBefore: string;
  readonly keptDays: number;
}

/**
 * Resolves when every transaction that may have read the horizon before has ended. Writers of `events` read it under their
 * lock, and hold that until their outcome is visible, prepared transactions included.
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
          -- A horizon from a clock that was ahead counts for nothing.
          ORDER BY pruned_before <= now() - kept_days * interval '1 day' DESC NULLS LAST, pruned_before DESC NULLS LAST
          LIMIT 1
        ),
        held_since = NULL,
        held_events = NULL
    `,
  );
  const startedAtMs = performance.now();
  let writers = await readWriters(database);
  while (writers.size > 0) {
    if (performance.now() - startedAtMs > WRITERS_DEADLINE_MS) {
      const sentence = `Another session has been writing to the table events for ${WRITERS_DEADLINE_MS / 1_000} s`;
      throw new QueueFlowError("database_unavailable", sentence);
    }
    await delay(WRITERS_INTERVAL_MS);
    writers = stillWriting(writers, await readWriters(database));
  }
}

export async function readPreviousHorizonMs(database: Database): Promise<number | undefined> {
  return await database.query(QUERY_DEADLINE_MS, async (sql) => {
    const [row] = await sql<{ pruned_before: Date | null }[]>`
      SELECT pruned_before FROM retention_state WHERE only_row`;
    return row?.pruned_before?.getTime();
  });
}

/** A prune of more than half of all events, which waits for a person. */
export interface HeldPrune {
  /** When it was first held, as an ISO string. */
  readonly since: string;
  readonly events: number;
}

/** `announcePrune` clears it. */
export async function holdPrune(database: Database, events: number): Promise<void> {
  await database.query(
    QUERY_DEADLINE_MS,
    async (sql) =>
      await sql`
      INSERT INTO retention_state AS state (held_since, held_events) VALUES (now(), ${events})
      ON CONFLICT (only_row) DO UPDATE SET
        held_since = coalesce(state.held_since, excluded.held_since),
        held_events = excluded.held_events
    `,
  );
}

export async function readHeldPrune(database: Database): Promise<HeldPrune | undefined> {
  return await database.query(CHECK_DEADLINE_MS, async (sql) => {
    const [row] = await sql<{ held_since: Date; held_events: number }[]>`
      SELECT held_since, held_events::float8 FROM retention_state WHERE held_since IS NOT NULL`;
    return row && { since: row.held_since.toISOString(), events: row.held_events };
  });
}

import type { Database } from "../database.ts";
import { CHECK_DEADLINE_MS, QUERY_DEADLINE_MS } from "../deadlines.ts";

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

import type { Database } from "../database.ts";
import { QUERY_DEADLINE_MS } from "../deadlines.ts";

/** Storing transactions that begin to write afterwards confirm that their entries are still their own. */
export async function announceForget(database: Database): Promise<void> {
  await database.query(
    QUERY_DEADLINE_MS,
    async (sql) =>
      await sql`
      INSERT INTO retention_state (forgotten_at) VALUES (clock_timestamp())
      ON CONFLICT (only_row) DO UPDATE SET forgotten_at = clock_timestamp()`,
  );
}

import type { Database } from "../database.ts";
import { QUERY_DEADLINE_MS } from "../deadlines.ts";

/** What was acknowledged. */
export interface AcknowledgedLosses {
  readonly losses: number;
  /** Entries lost, at least. */
  readonly entries: number;
}

/** Acknowledges every loss that is not yet. */
export async function acknowledgeLosses(database: Database): Promise<AcknowledgedLosses> {
  return await database.query(QUERY_DEADLINE_MS, async (sql) => {
    const rows = await sql<{ entries: number }[]>`
      UPDATE losses SET acknowledged_at = now() WHERE acknowledged_at IS NULL
      RETURNING entries::float8 AS entries
    `;
    return { losses: rows.length, entries: rows.reduce((sum, { entries }) => sum + entries, 0) };
  });
}

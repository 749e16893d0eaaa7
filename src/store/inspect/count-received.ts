import type { Database } from "../database.ts";
import { WATCH_DEADLINE_MS } from "../deadlines.ts";

/** Reading this many takes 30 ms. */
const ROWS_MAX = 100_000;

/** Counts between two instants, both included, among the newest `ROWS_MAX` events and dead letters. */
export async function countReceived(
  database: Database,
  { fromMs, toMs }: { fromMs: number; toMs: number },
): Promise<number> {
  return await database.query(WATCH_DEADLINE_MS, async (sql) => {
    const [row] = await sql`
      SELECT (
        SELECT count(*) FROM (SELECT received_at FROM events ORDER BY id DESC LIMIT ${ROWS_MAX}) AS newest
        WHERE received_at >= to_timestamp(${fromMs}::float8 / 1000)
          AND received_at < to_timestamp((${toMs}::float8 + 1) / 1000)
      )::float8 + (
        SELECT count(*) FROM (SELECT entry_id FROM dead_events ORDER BY id DESC LIMIT ${ROWS_MAX}) AS newest
        WHERE split_part(entry_id, '-', 1)::numeric BETWEEN ${fromMs}::float8 AND ${toMs}::float8
      )::float8 AS received
    `;
    return Number(row?.["received"]);
  });
}

import type { Database } from "../database.ts";
import { WATCH_DEADLINE_MS } from "../deadlines.ts";

/** @throws What the driver throws. */
export async function probe(database: Database): Promise<void> {
  await database.query(WATCH_DEADLINE_MS, async (sql) => await sql`SELECT 1`);
}

import type { Database } from "../database.ts";
import { WATCH_DEADLINE_MS } from "../deadlines.ts";

/** Resolves when PostgreSQL responds. Throws what the driver throws otherwise. */
export async function probe(database: Database): Promise<void> {
  await database.query(WATCH_DEADLINE_MS, async (sql) => await sql`SELECT 1`);
}

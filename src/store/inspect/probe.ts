import type { Database } from "../database.ts";

const DEADLINE_MS = 2_000;

/** Resolves when PostgreSQL answers, and throws what the driver throws when it does not. */
export async function probe(database: Database): Promise<void> {
  await database.query(DEADLINE_MS, async (sql) => await sql`SELECT 1`);
}

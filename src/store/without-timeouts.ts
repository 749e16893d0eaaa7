import type { Sql } from "postgres";
import type { Database } from "./database.ts";

/**
 * Runs what no transaction may contain, and what takes as long as `deadlineMs`. A pooler keeps the server's own timeouts, which are none
 * by default: there, a setting would stay with the next client.
 */
export async function withoutTimeouts<Result>(
  database: Database,
  deadlineMs: number,
  work: (sql: Sql) => Promise<Result>,
): Promise<Result> {
  return await database.session(deadlineMs, async (sql) => {
    if (database.isPooled) return await work(sql);
    try {
      await sql`
        SELECT set_config('statement_timeout', ${String(deadlineMs)}, false),
          set_config('lock_timeout', ${String(deadlineMs)}, false)`;
      return await work(sql);
    } finally {
      // To what the connection was opened with.
      await sql`RESET statement_timeout`;
      await sql`RESET lock_timeout`;
    }
  });
}

import type { Sql } from "postgres";
import { INDEX_LOCK } from "../advisory-locks.ts";
import type { Database } from "../database.ts";
import type { ConcurrentIndexes } from "./migrations.ts";

/** A smaller table is indexed within a second, in the migration's transaction. */
const LARGE_TABLE_BYTES = 64 * 1024 * 1024;

/**
 * Builds the missing indexes of a large table while batches go on. An index that an interrupted build left invalid is built again. Returns
 * `busy` while another process builds.
 *
 * @throws QueueFlowError `database_unavailable` when `deadlineMs` passes; what the driver throws.
 */
export async function buildIndexes(
  database: Database,
  { table, indexes }: ConcurrentIndexes,
  deadlineMs: number,
): Promise<"built" | "busy"> {
  return await database.query(deadlineMs, async (sql) => {
    const [size] = await sql<{ bytes: number | null }[]>`
      SELECT pg_relation_size(to_regclass(${table}))::float8 AS bytes`;
    if ((size?.bytes ?? 0) < LARGE_TABLE_BYTES) return "built";
    const [lock] = await sql`SELECT pg_try_advisory_lock(${INDEX_LOCK}) AS locked`;
    if (lock?.["locked"] !== true) return "busy";
    try {
      // It waits for every transaction that could not see the index.
      await sql`
        SELECT set_config('statement_timeout', ${String(deadlineMs)}, false),
          set_config('lock_timeout', ${String(deadlineMs)}, false)`;
      for (const { name, columns, isUnique } of indexes) {
        const state = await indexState(sql, name);
        if (state === "invalid") await sql.unsafe(`DROP INDEX CONCURRENTLY ${name}`);
        if (state === "valid") continue;
        const unique = isUnique ? "UNIQUE" : "";
        await sql.unsafe(`CREATE ${unique} INDEX CONCURRENTLY ${name} ON ${table} (${columns})`);
      }
      return "built";
    } finally {
      // To what the connection was opened with.
      await sql`RESET statement_timeout`;
      await sql`RESET lock_timeout`;
      await sql`SELECT pg_advisory_unlock(${INDEX_LOCK})`;
    }
  });
}

async function indexState(sql: Sql, name: string): Promise<"missing" | "invalid" | "valid"> {
  const [row] = await sql<{ isvalid: boolean }[]>`
    SELECT indisvalid AS isvalid FROM pg_index WHERE indexrelid = to_regclass(${name})`;
  if (row === undefined) return "missing";
  return row.isvalid ? "valid" : "invalid";
}

import type { Sql } from "postgres";
import { INDEX_LOCK } from "../advisory-locks.ts";
import type { Database } from "../database.ts";
import { QUERY_DEADLINE_MS } from "../deadlines.ts";
import { holdLock } from "../hold-lock.ts";
import { withoutTimeouts } from "../without-timeouts.ts";
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
  if (!(await isLarge(database, table))) return "built";
  const lock = { key: INDEX_LOCK, how: "if free" } as const;
  const built = await holdLock(database, lock, async () => {
    // It waits for every transaction that could not see the index.
    await withoutTimeouts(database, deadlineMs, async (sql) => {
      for (const index of indexes) await build(sql, table, index);
    });
    return "built" as const;
  });
  return built ?? "busy";
}

async function isLarge(database: Database, table: string): Promise<boolean> {
  return await database.query(QUERY_DEADLINE_MS, async (sql) => {
    const [size] = await sql<{ bytes: number | null }[]>`
      SELECT pg_relation_size(to_regclass(${table}))::float8 AS bytes`;
    return (size?.bytes ?? 0) >= LARGE_TABLE_BYTES;
  });
}

async function build(
  sql: Sql,
  table: string,
  { name, columns, isUnique }: ConcurrentIndexes["indexes"][number],
): Promise<void> {
  const state = await indexState(sql, name);
  if (state === "invalid") await sql.unsafe(`DROP INDEX CONCURRENTLY ${name}`);
  if (state === "valid") return;
  const unique = isUnique ? "UNIQUE" : "";
  await sql.unsafe(`CREATE ${unique} INDEX CONCURRENTLY ${name} ON ${table} (${columns})`);
}

async function indexState(sql: Sql, name: string): Promise<"missing" | "invalid" | "valid"> {
  const [row] = await sql<{ isvalid: boolean }[]>`
    SELECT indisvalid AS isvalid FROM pg_index WHERE indexrelid = to_regclass(${name})`;
  if (row === undefined) return "missing";
  return row.isvalid ? "valid" : "invalid";
}

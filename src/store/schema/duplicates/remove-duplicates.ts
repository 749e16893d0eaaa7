import type { Transaction } from "../../database.ts";
import { keyColumns, TEXT_KEYS, type TextKey } from "./text-key.ts";

/** How many rows were removed from a table. */
export interface RemovedRows {
  readonly table: string;
  readonly rows: number;
}

/**
 * Makes one row of those that have a key in common. Leaves two temporary tables behind until the transaction ends:
 * `later_events` with the events that were removed, and `doubled_days` with the days of sites that had any doubled row.
 */
export async function removeDuplicates(
  tx: Transaction,
  keys: readonly TextKey[],
): Promise<readonly RemovedRows[]> {
  await tx`CREATE TEMPORARY TABLE doubled_days (site_id TEXT, date DATE) ON COMMIT DROP`;
  await tx`
    CREATE TEMPORARY TABLE later_events (site_id TEXT, date DATE, path TEXT) ON COMMIT DROP`;
  const removed: RemovedRows[] = [];
  for (const key of keys) {
    const rows = await removeFrom(tx, key);
    if (rows > 0) removed.push({ table: key.table, rows });
  }
  return removed;
}

async function removeFrom(tx: Transaction, key: TextKey): Promise<number> {
  if (key.table === TEXT_KEYS.events.table) return await removeLaterEvents(tx);
  return key.merge === "first" ? await removeLaterRows(tx, key) : await mergeRows(tx, key);
}

async function removeLaterEvents(tx: Transaction): Promise<number> {
  const { count } = await tx.unsafe(`
    WITH removed AS (
      ${deleteLater(TEXT_KEYS.events)} RETURNING site_id, (timestamp AT TIME ZONE 'UTC')::date AS date, path
    ), noted AS (
      INSERT INTO doubled_days (site_id, date) SELECT DISTINCT site_id, date FROM removed
    )
    INSERT INTO later_events (site_id, date, path) SELECT site_id, date, path FROM removed`);
  return count;
}

async function removeLaterRows(tx: Transaction, key: TextKey): Promise<number> {
  const { count } = await tx.unsafe(deleteLater(key));
  return count;
}

function deleteLater({ table, where = "true", ...key }: TextKey): string {
  return `
    DELETE FROM ${table} WHERE id IN (
      SELECT id FROM (
        SELECT id, min(id) OVER (PARTITION BY ${keyColumns({ table, ...key })}) AS first_id
        FROM ${table} WHERE ${where}
      ) AS numbered
      WHERE id > first_id
    )`;
}

/** Deletes all rows of a doubled key before it inserts one, since an update would find its row by the index. */
async function mergeRows(tx: Transaction, key: TextKey): Promise<number> {
  const { table, texts, others, merge } = key;
  const names = [...texts, ...others].join(", ");
  const sums = merge === "first" ? [] : merge;
  const columns = [names, ...sums].join(", ");
  const summed = [names, ...sums.map((name) => `sum(${name})`)].join(", ");
  const [row] = await tx.unsafe<{ removed: number }[]>(`
    WITH doubled AS (
      DELETE FROM ${table} WHERE (${keyColumns(key)}) IN (
        SELECT ${keyColumns(key)} FROM ${table} GROUP BY ${keyColumns(key)} HAVING count(*) > 1
      )
      RETURNING ${columns}
    ), merged AS (
      INSERT INTO ${table} (${columns}) SELECT ${summed} FROM doubled GROUP BY ${names} RETURNING site_id, date
    ), noted AS (
      INSERT INTO doubled_days (site_id, date) SELECT DISTINCT site_id, date FROM merged
    )
    SELECT ((SELECT count(*) FROM doubled) - (SELECT count(*) FROM merged))::float8 AS removed`);
  return row?.removed ?? 0;
}

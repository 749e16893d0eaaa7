import type { Transaction } from "../../database.ts";
import { countRollups, ROLLUPS } from "../../rollups/rollups.ts";
import { EVENTS_KEY, keyColumns, type TextKey } from "./text-key.ts";

export interface RemovedRows {
  readonly table: string;
  readonly rows: number;
}

const COUNTED = countRollups(ROLLUPS);

/**
 * Leaves two temporary tables until the transaction ends: `later_events`, with the key of each rollup that counted them, and
 * `duplicate_days`.
 */
export async function removeDuplicates(
  tx: Transaction,
  keys: readonly TextKey[],
): Promise<readonly RemovedRows[]> {
  const columns = COUNTED.map(({ kind }) => `${kind} TEXT`).join(", ");
  await tx`CREATE TEMPORARY TABLE duplicate_days (site_id TEXT, date DATE) ON COMMIT DROP`;
  await tx.unsafe(
    `CREATE TEMPORARY TABLE later_events (site_id TEXT, date DATE, ${columns}) ON COMMIT DROP`,
  );
  const removed: RemovedRows[] = [];
  for (const key of keys) {
    const rows = await removeFrom(tx, key);
    if (rows > 0) removed.push({ table: key.table, rows });
  }
  return removed;
}

async function removeFrom(tx: Transaction, key: TextKey): Promise<number> {
  if (key === EVENTS_KEY) return await removeLaterEvents(tx);
  if (key.merge !== "first") return await mergeRows(tx, key, key.merge);
  return (await tx.unsafe(deleteLater(key))).count;
}

async function removeLaterEvents(tx: Transaction): Promise<number> {
  const keys = COUNTED.map(({ kind, key }) => `${key.sql} AS ${kind}`).join(", ");
  const { count } = await tx.unsafe(`
    WITH removed AS (
      ${deleteLater(EVENTS_KEY)} RETURNING site_id, (timestamp AT TIME ZONE 'UTC')::date AS date, ${keys}
    ), noted AS (
      INSERT INTO duplicate_days (site_id, date) SELECT DISTINCT site_id, date FROM removed
    )
    INSERT INTO later_events SELECT * FROM removed`);
  return count;
}

function deleteLater(key: TextKey): string {
  const { table, where = "true" } = key;
  return `
    DELETE FROM ${table} WHERE id IN (
      SELECT id FROM (
        SELECT id, min(id) OVER (PARTITION BY ${keyColumns(key)}) AS first_id
        FROM ${table} WHERE ${where}
      ) AS numbered
      WHERE id > first_id
    )`;
}

/** Deletes all rows before it inserts one: an update would find its row by the index. */
async function mergeRows(tx: Transaction, key: TextKey, sums: readonly string[]): Promise<number> {
  const { table, texts, others } = key;
  const names = [...texts, ...others].join(", ");
  const columns = [names, ...sums].join(", ");
  const summed = [names, ...sums.map((name) => `sum(${name})`)].join(", ");
  const [row] = await tx.unsafe<{ removed: number }[]>(`
    WITH duplicates AS (
      DELETE FROM ${table} WHERE (${keyColumns(key)}) IN (
        SELECT ${keyColumns(key)} FROM ${table} GROUP BY ${keyColumns(key)} HAVING count(*) > 1
      )
      RETURNING ${columns}
    ), merged AS (
      INSERT INTO ${table} (${columns}) SELECT ${summed} FROM duplicates GROUP BY ${names} RETURNING site_id, date
    ), noted AS (
      INSERT INTO duplicate_days (site_id, date) SELECT DISTINCT site_id, date FROM merged
    )
    SELECT ((SELECT count(*) FROM duplicates) - (SELECT count(*) FROM merged))::float8 AS removed`);
  return row?.removed ?? 0;
}

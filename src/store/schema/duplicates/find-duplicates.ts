import type { Database, Transaction } from "../../database.ts";
import { CHECK_DEADLINE_MS } from "../../deadlines.ts";
import { pendingKeys } from "../applied-migrations.ts";
import { keyColumns, type TextKey } from "./text-key.ts";

const OWNERS_MAX = 10;

export interface Duplicates {
  readonly table: string;
  /** Without one row per key. */
  readonly rows: number;
  /** Sites, or streams for dead letters. */
  readonly owners: number;
  /** The owners with the most rows, at most ten. */
  readonly worst: readonly string[];
}

/** Reads the whole table, since the key's index is not reliable. */
export async function findDuplicates(
  tx: Transaction,
  key: TextKey,
  ofOwner?: string,
): Promise<Duplicates> {
  await setIndexScans(tx, "off");
  const { table, texts, where = "true" } = key;
  const owner = `${texts[0]} COLLATE "C"`;
  const isOfOwner = ofOwner === undefined ? "true" : `${texts[0]} = $1`;
  const found = await tx.unsafe<{ owner: string; rows: number; total: number; owners: number }[]>(
    `
    SELECT owner, sum(rows)::float8 AS rows, (sum(sum(rows)) OVER ())::float8 AS total,
      (count(*) OVER ())::float8 AS owners
    FROM (
      SELECT ${owner} AS owner, count(*) - 1 AS rows
      FROM ${table} WHERE ${where} AND ${isOfOwner}
      GROUP BY ${keyColumns(key)} HAVING count(*) > 1
    ) AS duplicates
    GROUP BY owner ORDER BY 2 DESC, 1 LIMIT ${OWNERS_MAX}`,
    ofOwner === undefined ? [] : [ofOwner],
  );
  await setIndexScans(tx, "on");
  return {
    table,
    rows: found[0]?.total ?? 0,
    owners: found[0]?.owners ?? 0,
    worst: found.map((row) => row.owner),
  };
}

export async function setIndexScans(tx: Transaction, value: "on" | "off"): Promise<void> {
  await tx`
    SELECT set_config('enable_seqscan', 'on', true), set_config('enable_indexscan', ${value}, true),
      set_config('enable_indexonlyscan', ${value}, true), set_config('enable_bitmapscan', ${value}, true)`;
}

export type TableCheck =
  | ({ readonly kind: "read" } & Duplicates)
  | { readonly kind: "failed"; readonly table: string; readonly error: unknown };

/** Checks the keys not yet compared as bytes. Reads their tables whole, within `budgetMs`. */
export async function findAllDuplicates(
  database: Database,
  budgetMs: number,
): Promise<readonly TableCheck[]> {
  const endsAtMs = performance.now() + budgetMs;
  const pending = await database.transaction(CHECK_DEADLINE_MS, pendingKeys);
  const checks: TableCheck[] = [];
  for (const { textKey } of pending) {
    const deadlineMs = Math.max(1, Math.round(endsAtMs - performance.now()));
    try {
      const found = await database.transaction(deadlineMs, async (tx) => {
        await tx`SELECT set_config('statement_timeout', ${String(deadlineMs)}, true)`;
        return await findDuplicates(tx, textKey);
      });
      checks.push({ kind: "read", ...found });
    } catch (error) {
      checks.push({ kind: "failed", table: textKey.table, error });
    }
  }
  return checks;
}

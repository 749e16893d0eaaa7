import type { Database } from "../../database.ts";
import { CHECK_DEADLINE_MS } from "../../deadlines.ts";
import { pendingKeys } from "../applied-migrations.ts";
import { type Duplicates, findDuplicates } from "./find-duplicates.ts";

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

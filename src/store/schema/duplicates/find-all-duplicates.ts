import type { Database } from "../../database.ts";
import { CHECK_DEADLINE_MS } from "../../deadlines.ts";
import { type Duplicates, findDuplicates } from "./find-duplicates.ts";
import { pendingKeys } from "./pending-keys.ts";

/** What became of the look at a table: its duplicate rows, or why it was not read to the end. */
export type TableLook =
  | ({ readonly kind: "read" } & Duplicates)
  | { readonly kind: "failed"; readonly table: string; readonly error: unknown };

/**
 * Looks for duplicate rows under each text key that is not yet compared as bytes. Reads those tables whole, in
 * `budgetMs` together.
 */
export async function findAllDuplicates(
  database: Database,
  budgetMs: number,
): Promise<readonly TableLook[]> {
  const endsAtMs = performance.now() + budgetMs;
  const pending = await database.transaction(CHECK_DEADLINE_MS, pendingKeys);
  const looks: TableLook[] = [];
  for (const { textKey } of pending) {
    const deadlineMs = Math.max(1, Math.round(endsAtMs - performance.now()));
    try {
      const found = await database.transaction(deadlineMs, async (tx) => {
        await tx`SELECT set_config('statement_timeout', ${String(deadlineMs)}, true)`;
        return await findDuplicates(tx, textKey);
      });
      looks.push({ kind: "read", ...found });
    } catch (error) {
      looks.push({ kind: "failed", table: textKey.table, error });
    }
  }
  return looks;
}

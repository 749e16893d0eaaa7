import type { Database } from "../database.ts";
import { type Duplicates, findDuplicates } from "./find-duplicates.ts";
import { pendingKeys } from "./pending-keys.ts";

/** For each text key that is not yet compared as bytes, the rows that are in twice; reads those tables whole. */
export async function findAllDuplicates(
  database: Database,
  deadlineMs: number,
): Promise<readonly Duplicates[]> {
  return await database.transaction(deadlineMs, async (tx) => {
    await tx`SELECT set_config('statement_timeout', ${String(deadlineMs)}, true)`;
    const found: Duplicates[] = [];
    for (const { textKey } of await pendingKeys(tx)) found.push(await findDuplicates(tx, textKey));
    return found;
  });
}

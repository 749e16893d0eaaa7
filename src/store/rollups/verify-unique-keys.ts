import type { Transaction } from "../database.ts";
import { pendingKeys } from "../schema/applied-migrations.ts";
import { findDuplicates } from "../schema/duplicates/find-duplicates.ts";
import type { DuplicateRows } from "./difference.ts";

/** The rollups count duplicate rows, so comparing them finds nothing. */
export async function verifyUniqueKeys(
  tx: Transaction,
  siteId: string | undefined,
): Promise<readonly DuplicateRows[]> {
  const found: DuplicateRows[] = [];
  for (const { textKey } of await pendingKeys(tx)) {
    if (siteId !== undefined && textKey.texts[0] !== "site_id") continue;
    const { table, rows, worst } = await findDuplicates(tx, textKey, siteId);
    if (rows > 0) found.push({ kind: "double", table, doubled: rows, sites: worst });
  }
  return found;
}

import type { Database } from "../store/database.ts";
import { isMissedDeadline, isOverload } from "../store/database-error.ts";
import { probe } from "../store/inspect/probe.ts";

/**
 * Whether a batch failed because it holds too many entries: PostgreSQL cancelled a statement or transaction, or lacked memory
 * for it. A deadline of this program may also pass because the server or the network hangs, and a smaller batch would not
 * help; then a probe fails, too. Waits for locks fail with other errors.
 */
export async function isTooLarge(database: Database, error: unknown): Promise<boolean> {
  if (isOverload(error)) return true;
  return isMissedDeadline(error) && (await responds(database));
}

async function responds(database: Database): Promise<boolean> {
  try {
    await probe(database);
    return true;
  } catch {
    return false;
  }
}

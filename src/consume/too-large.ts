import type { Database } from "../store/database.ts";
import { isMissedDeadline, isOverload } from "../store/database-error.ts";
import { probe } from "../store/inspect/probe.ts";

/**
 * Returns whether a batch failed because it holds too many entries. PostgreSQL says so itself when it cancels a statement or
 * a transaction, or lacks memory for it. A deadline of this program may also pass because the server or the network hangs:
 * then nothing else is answered either, and a smaller batch would not help. Waits for locks fail with another error.
 */
export async function isTooLarge(database: Database, error: unknown): Promise<boolean> {
  if (isOverload(error)) return true;
  return isMissedDeadline(error) && (await answers(database));
}

async function answers(database: Database): Promise<boolean> {
  try {
    await probe(database);
    return true;
  } catch {
    return false;
  }
}

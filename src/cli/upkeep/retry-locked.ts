import { sqlState } from "../../store/database-error.ts";
import { CommandFailure } from "../command-failure.ts";
import { retry } from "../retry.ts";

/** SQLSTATE of a lock that another session, such as a VACUUM, held too long, and of a deadlock with one. */
const LOCK_FAILURES: ReadonlySet<string | undefined> = new Set(["55P03", "40P01"]);
/** Five attempts: each waits 3 s for its lock. A batch holds one for at most 10 s. */
const GIVE_UP_MS = 15_000;

/**
 * Repeats work that needs a table lock while another session holds it. Batches are stored between the attempts.
 *
 * @throws CommandFailure when the table stays locked.
 */
export async function retryLocked<Result>(
  signal: AbortSignal,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await retry({ signal, giveUpMs: GIVE_UP_MS, isRetryable: isLocked }, work);
  } catch (error) {
    if (!isLocked(error)) throw error;
    const message = "Another session has locked a table of the engine: try again when it is done";
    throw new CommandFailure(1, message, { cause: error });
  }
}

function isLocked(error: unknown): boolean {
  return LOCK_FAILURES.has(sqlState(error));
}

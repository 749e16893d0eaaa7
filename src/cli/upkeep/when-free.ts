import { setTimeout as delay } from "node:timers/promises";
import { sqlState } from "../../store/database-error.ts";
import { CommandFailure } from "../command-failure.ts";

/** A lock that another session, such as a VACUUM, did not release in time, and a deadlock with one. */
const LOCK_FAILURES: ReadonlySet<string | undefined> = new Set(["55P03", "40P01"]);
const ATTEMPTS_MAX = 5;
const ATTEMPT_INTERVAL_MS = 1_000;

/**
 * Runs `work`, and again while another session holds what it needs. Batches go on between the attempts.
 *
 * @throws CommandFailure after the last attempt; what `work` throws for any other reason.
 */
export async function whenFree<Result>(
  signal: AbortSignal,
  work: () => Promise<Result>,
): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!LOCK_FAILURES.has(sqlState(error))) throw error;
      if (attempt === ATTEMPTS_MAX) {
        throw new CommandFailure(
          1,
          "Another session holds a table of the engine: try again when it is done",
          { cause: error },
        );
      }
    }
    await delay(ATTEMPT_INTERVAL_MS, undefined, { signal });
  }
}

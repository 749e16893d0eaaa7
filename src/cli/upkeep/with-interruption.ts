import type { Database } from "../../store/database.ts";
import { CommandFailure, EXIT_INTERRUPTED } from "../command-failure.ts";
import { withDatabase } from "../dead-letters/with-database.ts";

/** What a command says when it does not come to its end. */
export interface Interruption {
  /** What could not be done, when PostgreSQL or Redis fails. */
  readonly failure: string;
  /** How far it got, and what that leaves behind. */
  readonly soFar: () => string;
}

/**
 * Runs a command's work on the database in use until it is done or Ctrl-C is pressed, and does not wait then for what
 * PostgreSQL has in hand: the connection is closed, and its transaction rolled back.
 *
 * @throws CommandFailure that says how far it got.
 */
export async function withInterruption<Result>(
  { failure, soFar }: Interruption,
  work: (database: Database, signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const interruption = new AbortController();
  const { promise: interrupted, reject } = Promise.withResolvers<never>();
  const interrupt = (): void => {
    interruption.abort();
    reject(new CommandFailure(EXIT_INTERRUPTED, `Stopped ${soFar()}`));
  };
  // npx and bun run pass on a Ctrl-C that the terminal has sent to this process already.
  process.on("SIGINT", interrupt);
  try {
    return await withDatabase(failure, async (database) => {
      const working = work(database, interruption.signal);
      // Once it is interrupted nobody waits for it any more.
      working.catch(() => undefined);
      return await Promise.race([working, interrupted]);
    });
  } finally {
    process.off("SIGINT", interrupt);
  }
}

import { errorText, QueueFlowError } from "../errors.ts";
import { isDatabaseError, sqlState } from "../store/database-error.ts";
import { remedyFor } from "../store/remedy.ts";
import { CommandFailure } from "./command-failure.ts";

/** A statement that waited for too long, and a lock that was not free. */
const WAITED: ReadonlySet<string | undefined> = new Set(["57014", "55P03"]);
const CAUSE = "`queueflow doctor` looks for the cause";
const LOCKED = "Another session may lock the table: `queueflow doctor` names it";

/**
 * What a command says when PostgreSQL does not do what it asks: what could not be done, by which database and why, and
 * what to do where waiting does not help. `doing` says the first, `url` is where the database is.
 */
export function databaseFailure(doing: string, error: unknown, url: string): CommandFailure {
  if (error instanceof QueueFlowError || !isDatabaseError(error)) {
    const isAway = error instanceof QueueFlowError && error.code === "database_unavailable";
    return isAway
      ? new CommandFailure(1, `${doing}: ${errorText(error)}; ${CAUSE}`)
      : new CommandFailure(1, doing, { cause: error });
  }
  const advice = remedyFor(error) ?? (WAITED.has(sqlState(error)) ? LOCKED : undefined);
  const { host, pathname } = new URL(url);
  const sentence = `${doing}: PostgreSQL at ${host}${pathname}: ${errorText(error)}`;
  return new CommandFailure(1, advice === undefined ? sentence : `${sentence}. ${advice}`);
}

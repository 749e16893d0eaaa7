import { readConfig } from "../../config/config.ts";
import { QueueFlowError } from "../../errors.ts";
import { Database } from "../../store/database.ts";
import { CommandFailure } from "../command-failure.ts";
import { databaseFailure } from "../database-failure.ts";
import { findDatabaseUrl } from "../find-servers.ts";

const CLOSE_TIMEOUT_MS = 2_000;

/**
 * Runs a command's work on the database in use and closes it.
 *
 * @throws CommandFailure that begins with `failure` when PostgreSQL is what fails.
 */
export async function withDatabase<Result>(
  failure: string,
  work: (database: Database) => Promise<Result>,
): Promise<Result> {
  const url = findDatabaseUrl(readConfig());
  const database = new Database({ url, connectionsMax: 1 });
  try {
    return await work(database);
  } catch (error) {
    const isSaid = error instanceof CommandFailure || isUsersMistake(error);
    throw isSaid ? error : databaseFailure(failure, error, url);
  } finally {
    await database.close(CLOSE_TIMEOUT_MS);
  }
}

function isUsersMistake(error: unknown): boolean {
  if (!(error instanceof QueueFlowError)) return false;
  return error.code === "invalid_usage" || error.code === "invalid_config";
}

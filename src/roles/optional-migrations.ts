import { wait } from "../async/wait.ts";
import { remedyOf } from "../consume/failure.ts";
import { QueueFlowError } from "../errors.ts";
import type { Log } from "../log/log.ts";
import { Outage } from "../log/outage.ts";
import { migrate } from "../store/schema/migrate.ts";
import { withOwnDatabase } from "../store/with-own-database.ts";

const RETRY_MS = 60_000;

export interface OptionalMigrationsOptions {
  readonly databaseUrl: string;
  readonly log: Log;
}

/**
 * Applies optional migrations while batches are stored, until they are applied or postponed or `signal` aborts. Never rejects:
 * storing works without them.
 */
export async function applyOptionalMigrations(
  { databaseUrl, log }: OptionalMigrationsOptions,
  signal: AbortSignal,
): Promise<void> {
  const outage = new Outage(log, {
    began: "Optional migrations failed, retrying",
    ended: "Optional migrations succeeded after a failure",
    remedyOf,
  });
  while (!signal.aborted) {
    try {
      await withOwnDatabase(
        { url: databaseUrl, signal },
        async (database) => await migrate(database, log),
      );
      outage.recovered();
      return;
    } catch (error) {
      // A newer binary has taken over the schema.
      if (error instanceof QueueFlowError && error.code === "schema_too_new") return;
      if (!signal.aborted) outage.failed(error);
    }
    await wait(RETRY_MS, signal);
  }
}

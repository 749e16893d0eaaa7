import { Outage } from "../consume/outage.ts";
import { retryDelayMs, wait } from "../consume/wait.ts";
import { QueueFlowError } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Database } from "../store/database.ts";
import { migrate } from "../store/migrate.ts";
import { ensureGroup, type GroupKey } from "../stream/consumer-group.ts";
import type { RedisConnection } from "../stream/redis-connection.ts";

/** What must be there before a thread can store anything. */
export interface PrepareOptions {
  readonly redis: RedisConnection;
  readonly database: Database;
  readonly key: GroupKey;
  readonly log: Log;
}

/**
 * Makes the group and the schema, trying for as long as Redis or PostgreSQL is away, until `signal`
 * aborts.
 *
 * @throws QueueFlowError `schema_too_new`, which no waiting helps.
 */
export async function prepare(options: PrepareOptions, signal: AbortSignal): Promise<void> {
  const { redis, database, key, log } = options;
  const outage = new Outage(log, {
    began: "The consumer group or the schema could not be prepared, retrying",
    ended: "The consumer group and the schema are prepared",
  });
  for (let attempt = 1; !signal.aborted; attempt += 1) {
    try {
      await ensureGroup(redis, key, log);
      await migrate(database, log);
      outage.recovered();
      return;
    } catch (error) {
      if (error instanceof QueueFlowError && error.code === "schema_too_new") throw error;
      outage.failed(error);
      await wait(retryDelayMs(attempt), signal);
    }
  }
}

import { retryDelayMs } from "../async/backoff.ts";
import { unlessAborted } from "../async/deadline.ts";
import { wait } from "../async/wait.ts";
import { isDefect, remedyOf } from "../consume/failure.ts";
import type { WorkStatus } from "../consume/work-status.ts";
import { errorText, QueueFlowError } from "../errors.ts";
import type { Log } from "../log/log.ts";
import { Outage } from "../log/outage.ts";
import type { Database } from "../store/database.ts";
import { migrate } from "../store/schema/migrate.ts";
import type { GroupKey } from "../stream/consumer-group.ts";
import { ensureGroup } from "../stream/create-group.ts";
import type { RedisConnection } from "../stream/redis/redis-connection.ts";

export interface PrepareOptions {
  readonly redis: RedisConnection;
  readonly database: Database;
  readonly key: GroupKey;
  readonly log: Log;
  readonly status: WorkStatus;
  readonly check: (redis: RedisConnection, log: Log) => Promise<void>;
  /** Whether the thread ran before in this process, with a schema of its own version. */
  readonly isRestarted: boolean;
}

/**
 * Creates the group and the schema, and retries while Redis or PostgreSQL is away. A restarted thread that finds a newer
 * schema continues, as running threads do: migrations keep older binaries working.
 *
 * @throws QueueFlowError `redis_too_old`, `redis_evicts`, `schema_too_new`, `database_encoding`, which no retry fixes; defects.
 */
export async function prepare(options: PrepareOptions, signal: AbortSignal): Promise<void> {
  const { redis, database, key, log, status, check, isRestarted } = options;
  const outage = new Outage(log, {
    began: "Preparing the consumer group or the schema failed, retrying",
    ended: "Consumer group and schema are prepared",
    remedyOf,
  });
  for (let attempt = 1; !signal.aborted; attempt += 1) {
    try {
      await status.attempt(async () => {
        await check(redis, log);
        await ensureGroup(redis, key, log);
        // A stop must not wait for another process's migrations.
        await unlessAborted(migrate(database, log, { leaveOptional: true }), signal);
      });
      outage.recovered();
      return;
    } catch (error) {
      if (signal.aborted) return;
      if (isRestarted && isTooNew(error)) {
        log.warn(
          { error: errorText(error) },
          "The schema is newer than this binary; continuing until a newer one takes over",
        );
        outage.recovered();
        return;
      }
      if (isDefect(error) || isRefusal(error)) throw error;
      outage.failed(error);
      await wait(retryDelayMs(attempt), signal);
    }
  }
}

/** A running engine waits while Redis may evict the stream; a start does not. */
function isRefusal(error: unknown): boolean {
  return error instanceof QueueFlowError && (!error.retryable || error.code === "redis_evicts");
}

function isTooNew(error: unknown): boolean {
  return error instanceof QueueFlowError && error.code === "schema_too_new";
}

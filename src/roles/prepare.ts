import { retryDelayMs } from "../async/backoff.ts";
import { unlessAborted } from "../async/deadline.ts";
import { wait } from "../async/wait.ts";
import { isDefect } from "../consume/defect.ts";
import { remedyOf } from "../consume/remedy-of.ts";
import type { WorkStatus } from "../consume/work-status.ts";
import { errorText, QueueFlowError } from "../errors.ts";
import type { Log } from "../log/log.ts";
import { Outage } from "../log/outage.ts";
import type { Database } from "../store/database.ts";
import { migrate } from "../store/schema/migrate.ts";
import { ensureGroup, type GroupKey } from "../stream/consumer-group.ts";
import type { RedisConnection } from "../stream/redis/redis-connection.ts";

/** What must be there before a thread can store anything. */
export interface PrepareOptions {
  readonly redis: RedisConnection;
  readonly database: Database;
  readonly key: GroupKey;
  readonly log: Log;
  readonly status: WorkStatus;
  /** What one thread of the process checks for all of them. */
  readonly check: (redis: RedisConnection, log: Log) => Promise<void>;
  /** Whether the thread has lived before in this process, and so has this process with the schema of its own. */
  readonly isRestarted: boolean;
}

/**
 * Makes the group and the schema, trying for as long as Redis or PostgreSQL is away, until `signal`
 * aborts. A thread that is restarted while a newer binary rolls out beside it finds that one's schema, and goes on
 * as the threads do that have lived through the migration: a migration leaves what the binaries before it do working.
 *
 * @throws QueueFlowError `redis_too_old`, `redis_evicts`, `schema_too_new`, `database_encoding`, and defects of this program: no waiting helps them.
 */
export async function prepare(options: PrepareOptions, signal: AbortSignal): Promise<void> {
  const { redis, database, key, log, status, check, isRestarted } = options;
  const outage = new Outage(log, {
    began: "The consumer group or the schema could not be prepared, retrying",
    ended: "The consumer group and the schema are prepared",
    remedyOf,
  });
  for (let attempt = 1; !signal.aborted; attempt += 1) {
    try {
      await status.attempt(async () => {
        await check(redis, log);
        await ensureGroup(redis, key, log);
        // Migrations may take long, and a stop must not wait for those of another process.
        await unlessAborted(migrate(database, log, { leaveOptional: true }), signal);
      });
      outage.recovered();
      return;
    } catch (error) {
      if (signal.aborted) return;
      if (isRestarted && isTooNew(error)) {
        log.warn(
          { error: errorText(error) },
          "A newer binary runs beside this one, going on until it takes over",
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

/** `redis_evicts` ends while the engine runs, and then events are refused; a start does not wait for that. */
function isRefusal(error: unknown): boolean {
  return error instanceof QueueFlowError && (!error.retryable || error.code === "redis_evicts");
}

function isTooNew(error: unknown): boolean {
  return error instanceof QueueFlowError && error.code === "schema_too_new";
}

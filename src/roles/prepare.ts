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
import type { MissingServers } from "../thread-report.ts";

export interface PrepareOptions {
  readonly redis: RedisConnection;
  readonly database: Database;
  readonly key: GroupKey;
  readonly log: Log;
  readonly status: WorkStatus;
  readonly check: (redis: RedisConnection, log: Log) => Promise<void>;
  /** Called once both servers were reached or failed, and whenever another attempt ends. */
  readonly onServers?: ((missing: MissingServers) => void) | undefined;
  /** Whether the thread ran before in this process, with a schema of its own version. */
  readonly isRestarted: boolean;
}

interface Part {
  readonly server: keyof MissingServers;
  readonly outage: Outage;
  /** Calls `onReached` once the server has responded: migrations may take long after that. */
  readonly attempt: (onReached: () => void) => Promise<void>;
}

/**
 * Creates the group and the schema, and retries while Redis or PostgreSQL is away. A restarted thread that finds a newer
 * schema continues, as running threads do: migrations keep older binaries working.
 *
 * @throws QueueFlowError `redis_too_old`, `redis_evicts`, `schema_too_new`, `database_encoding`, which no retry fixes; defects.
 */
export async function prepare(options: PrepareOptions, signal: AbortSignal): Promise<void> {
  let missing: readonly Part[] = [groupPart(options), schemaPart(options)];
  const outlook = new Outlook(options.onServers);
  for (let attempt = 1; !signal.aborted; attempt += 1) {
    // A stop must not wait for another process's migrations.
    const attempts = Promise.all(missing.map((part) => attempted(part, outlook)));
    const outcomes = await unlessAborted(attempts, signal).catch(() => undefined);
    if (outcomes === undefined || signal.aborted) return;
    const failed = outcomes.filter(({ error }) => error !== undefined);
    options.status.settle(failed[0]?.error);
    const fatal = failed.find(({ error }) => isFatal(error));
    if (fatal !== undefined) throw fatal.error;
    for (const { part, error } of outcomes) {
      if (error === undefined) part.outage.recovered();
      else part.outage.failed(error);
    }
    if (failed.length === 0) return;
    missing = failed.map(({ part }) => part);
    await wait(retryDelayMs(attempt), signal);
  }
}

function groupPart({ redis, key, log, check }: PrepareOptions): Part {
  return {
    server: "redis",
    outage: new Outage(log, {
      began: "Preparing the consumer group failed, retrying",
      ended: "Consumer group is prepared",
      remedyOf,
    }),
    async attempt() {
      await check(redis, log);
      await ensureGroup(redis, key, log);
    },
  };
}

function schemaPart({ database, log, isRestarted }: PrepareOptions): Part {
  return {
    server: "postgres",
    outage: new Outage(log, {
      began: "Preparing the schema failed, retrying",
      ended: "Schema is prepared",
      remedyOf,
    }),
    async attempt(onReached) {
      try {
        await migrate(database, log, { leaveOptional: true, onReached });
      } catch (error) {
        if (!isRestarted || !isTooNew(error)) throw error;
        log.warn(
          { error: errorText(error) },
          "The schema is newer than this binary; continuing until a newer one takes over",
        );
      }
    },
  };
}

/** Never rejects. */
async function attempted(
  part: Part,
  outlook: Outlook,
): Promise<{ readonly part: Part; readonly error?: unknown }> {
  const onReached = (): void => outlook.note(part.server, undefined);
  try {
    await part.attempt(onReached);
    onReached();
    return { part };
  } catch (error) {
    if (!isFatal(error)) outlook.note(part.server, error);
    return { part, error };
  }
}

/** What is known of each server. */
class Outlook {
  readonly #onServers: PrepareOptions["onServers"];
  readonly #known = new Map<Part["server"], string | undefined>();

  constructor(onServers: PrepareOptions["onServers"]) {
    this.#onServers = onServers;
  }

  note(server: Part["server"], error: unknown): void {
    this.#known.set(server, error === undefined ? undefined : errorText(error));
    if (this.#known.size < 2) return;
    const missing = [...this.#known].filter(([, why]) => why !== undefined);
    this.#onServers?.(Object.fromEntries(missing));
  }
}

/** A running engine waits while Redis may evict the stream; a start does not. */
function isFatal(error: unknown): boolean {
  if (isDefect(error)) return true;
  return error instanceof QueueFlowError && (!error.retryable || error.code === "redis_evicts");
}

function isTooNew(error: unknown): boolean {
  return error instanceof QueueFlowError && error.code === "schema_too_new";
}

import type { Key } from "../access/access-document.ts";
import { wait } from "../async/wait.ts";
import type { Log } from "../log/log.ts";
import { Outage } from "../log/outage.ts";
import { noteKeyUse } from "../store/access/keys.ts";
import { AccessNotMigrated, readAccess } from "../store/access/read-access.ts";
import type { Database } from "../store/database.ts";
import { WATCH_DEADLINE_MS } from "../store/deadlines.ts";
import { moveNotedUse } from "../stream/access/key-use.ts";
import { mirrorAccess } from "../stream/access/mirror.ts";
import { readMirror } from "../stream/access/read-mirror.ts";
import type { RedisConnection } from "../stream/redis/redis-connection.ts";
import { remedyOf } from "./failure.ts";

/** Bounds how long Redis lacks what PostgreSQL has, after either was restored or changed by hand. */
const INTERVAL_MS = 10_000;
/** Without a mirror, ingest threads that have just started refuse everything. */
const RETRY_MS = 1_000;

export interface MirrorAttempt {
  /** Whether Redis has a mirror now, of any writer. */
  readonly hasMirror: boolean;
  /** Undefined when they could not be read. */
  readonly keys: readonly Key[] | undefined;
}

export interface AccessMirrorOptions {
  readonly redis: RedisConnection;
  /** Shared with nothing that takes long, such as a migration. */
  readonly database: Database;
  readonly stream: string;
  readonly log: Log;
  /** Called before the first attempt if there is a mirror, and after each. */
  readonly onAttempt?: (attempt: MirrorAttempt) => void;
}

/**
 * Copies sites and keys to Redis, and the last use of keys to PostgreSQL, until `signal` aborts. While migrations that it needs are
 * pending, what Redis has stays in force. Never rejects.
 */
export async function runAccessMirror(
  options: AccessMirrorOptions,
  signal: AbortSignal,
): Promise<void> {
  const outage = new Outage(options.log, {
    began: "Copying sites and keys to Redis failed, retrying",
    ended: "Copying sites and keys to Redis works again",
    remedyOf,
  });
  // PostgreSQL may take seconds to fail.
  const earlier = await earlierMirror(options);
  if (earlier.hasMirror) options.onAttempt?.(earlier);
  while (!signal.aborted) {
    const copied = await copy(options).then(
      (keys) => ({ keys }),
      (error: unknown) => ({ error }),
    );
    if (!("error" in copied)) outage.recovered();
    else if (!(copied.error instanceof AccessNotMigrated)) outage.failed(copied.error);
    const keys = "error" in copied ? undefined : copied.keys;
    options.onAttempt?.(
      keys === undefined ? await earlierMirror(options) : { hasMirror: true, keys },
    );
    await wait("error" in copied ? RETRY_MS : INTERVAL_MS, signal);
  }
}

/** Returns the keys; undefined while the tables do not exist. */
async function copy(options: AccessMirrorOptions): Promise<readonly Key[] | undefined> {
  const { redis, database, stream } = options;
  let keys: readonly Key[] | undefined;
  await mirrorAccess(redis, stream, async () => {
    const document = await readAccess(database, WATCH_DEADLINE_MS);
    keys = document?.keys;
    return document;
  });
  await moveNotedUse(
    redis,
    stream,
    async (hours) => await noteKeyUse(database, hours, WATCH_DEADLINE_MS),
  );
  return keys;
}

/** What an earlier writer left. */
async function earlierMirror({ redis, stream }: AccessMirrorOptions): Promise<MirrorAttempt> {
  const mirror = await readMirror(redis, stream).catch(() => undefined);
  return { hasMirror: mirror !== undefined, keys: mirror?.document?.keys };
}

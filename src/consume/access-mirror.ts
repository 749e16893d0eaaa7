import { wait } from "../async/wait.ts";
import type { Log } from "../log/log.ts";
import { Outage } from "../log/outage.ts";
import { noteKeyUse } from "../store/access/keys.ts";
import { readAccess } from "../store/access/read-access.ts";
import type { Database } from "../store/database.ts";
import { WATCH_DEADLINE_MS } from "../store/deadlines.ts";
import { moveNotedUse } from "../stream/access/key-use.ts";
import { mirrorAccess } from "../stream/access/mirror.ts";
import { readMirrorHead } from "../stream/access/read-mirror.ts";
import type { RedisConnection } from "../stream/redis/redis-connection.ts";
import { remedyOf } from "./failure.ts";

/** Bounds how long Redis lacks what PostgreSQL has, after either was restored or changed by hand. */
const INTERVAL_MS = 10_000;
/** Without a mirror, ingest threads that have just started refuse everything. */
const RETRY_MS = 1_000;

export interface AccessMirrorOptions {
  readonly redis: RedisConnection;
  /** Shared with nothing that takes long, such as a migration. */
  readonly database: Database;
  readonly stream: string;
  readonly log: Log;
  /** Called before the first attempt if there is a mirror, and after each, with whether Redis has a mirror now, whoever wrote it. */
  readonly onAttempt?: (hasMirror: boolean) => void;
}

/** Copies sites and keys to Redis, and the last use of keys to PostgreSQL, until `signal` aborts. Never rejects. */
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
  if (await hasMirror(options)) options.onAttempt?.(true);
  while (!signal.aborted) {
    const failure = await copy(options).then(
      () => undefined,
      (error: unknown) => ({ error }),
    );
    if (failure === undefined) outage.recovered();
    else outage.failed(failure.error);
    options.onAttempt?.(failure === undefined || (await hasMirror(options)));
    await wait(failure === undefined ? INTERVAL_MS : RETRY_MS, signal);
  }
}

async function copy({ redis, database, stream }: AccessMirrorOptions): Promise<void> {
  await mirrorAccess(redis, stream, async () => await readAccess(database, WATCH_DEADLINE_MS));
  await moveNotedUse(
    redis,
    stream,
    async (hours) => await noteKeyUse(database, hours, WATCH_DEADLINE_MS),
  );
}

async function hasMirror({ redis, stream }: AccessMirrorOptions): Promise<boolean> {
  const head = await readMirrorHead(redis, stream).catch(() => undefined);
  return head !== undefined;
}

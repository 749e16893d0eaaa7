import { expect } from "bun:test";
import type { Sql } from "postgres";
import { connectPostgres } from "./connect.ts";
import { eventually } from "./eventually.ts";

/**
 * Makes every COMMIT of a server wait for a synchronous standby that does not exist, and resolves once they do.
 * `await using` lets them end, and may be called before.
 */
export async function awaitAbsentStandby(databaseUrl: string): Promise<AsyncDisposable> {
  await using building = new AsyncDisposableStack();
  const sessions = building.use(openSessions(databaseUrl));
  await makeCommitsWait(sessions);
  building.defer(async () => await setStandby(sessions.admin, ""));
  const stack = building.move();
  return { [Symbol.asyncDispose]: async () => await stack.disposeAsync() };
}

/** Makes every COMMIT of a server wait for the standby that streams from it, and resolves once they do. */
export async function awaitStreamingStandby(databaseUrl: string): Promise<void> {
  await using sessions = openSessions(databaseUrl);
  await makeCommitsWait(sessions);
  await setStandby(sessions.admin, "*");
  // Returns when the standby confirms it, since commits have not ceased to wait.
  await commit(sessions.probe);
}

interface Sessions extends AsyncDisposable {
  readonly admin: Sql;
  /** Its commits may wait. */
  readonly probe: Sql;
}

function openSessions(databaseUrl: string): Sessions {
  const admin = connectPostgres(databaseUrl, { max: 1 });
  const probe = connectPostgres(databaseUrl, { max: 1 });
  return {
    admin,
    probe,
    [Symbol.asyncDispose]: async () =>
      void (await Promise.all([admin, probe].map(async (sql) => await sql.end({ timeout: 1 })))),
  };
}

async function setStandby(admin: Sql, name: string): Promise<void> {
  await admin.unsafe(`ALTER SYSTEM SET synchronous_standby_names = '${name}'`);
  await admin`SELECT pg_reload_conf()`;
}

/** Leaves the server as it was on failure. */
async function makeCommitsWait(sessions: Sessions): Promise<void> {
  const { admin } = sessions;
  await setStandby(admin, "absent");
  try {
    await untilCommitWaits(sessions);
  } catch (error) {
    await setStandby(admin, "");
    throw error;
  }
}

/** A session may show the setting before it is in force: commits do not wait until the checkpointer has read it. */
async function untilCommitWaits({ admin, probe }: Sessions): Promise<void> {
  const [session] = await probe<{ pid: number }[]>`SELECT pg_backend_pid() AS pid`;
  const pid = session?.pid ?? 0;
  let committing: Promise<void> | undefined;
  await eventually(async () => {
    committing ??= commit(probe).finally(() => {
      committing = undefined;
    });
    const waiting = await admin`
      SELECT FROM pg_stat_activity WHERE pid = ${pid} AND wait_event = 'SyncRep'`;
    expect(waiting).toHaveLength(1);
  });
  // Ends the wait with a warning, and leaves the transaction committed.
  await admin`SELECT pg_cancel_backend(${pid})`;
  await committing;
}

/** Commits a log record that changes no table. */
async function commit(sql: Sql): Promise<void> {
  await sql`SELECT pg_logical_emit_message(true, 'test', 'commit')`;
}

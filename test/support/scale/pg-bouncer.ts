import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { serverAccount } from "../../../src/embedded/account.ts";
import { connectPostgres } from "../connect.ts";
import { eventually } from "../eventually.ts";
import { recordingLog } from "../recording-log.ts";
import { temporaryFolder } from "../temporary-folder.ts";
import { testPort } from "../test-port.ts";

/** Debian installs it outside the PATH of other users than root. */
export const PGBOUNCER = Bun.which("pgbouncer") ?? Bun.which("/usr/sbin/pgbouncer") ?? undefined;

/** PgBouncer in front of a server, in transaction mode. `await using` ends it. */
export interface PgBouncer extends AsyncDisposable {
  /** Of the same database, through it. */
  readonly url: string;
}

/** `settings` are lines of its configuration file; it has few sessions, so that clients get those of others. */
export async function startPgBouncer(
  databaseUrl: string,
  settings: readonly string[] = [],
): Promise<PgBouncer> {
  if (PGBOUNCER === undefined) throw new Error("PgBouncer is not installed");
  const { hostname, port, username, password, pathname } = new URL(databaseUrl);
  const folder = temporaryFolder("pgbouncer");
  chmodSync(folder, 0o755);
  const listenPort = testPort();
  const configuration = join(folder, "pgbouncer.ini");
  const server = `host=${hostname} port=${port} user=${username} password='${decodeURIComponent(password)}'`;
  writeFileSync(
    configuration,
    [
      "[databases]",
      `* = ${server}`,
      "[pgbouncer]",
      ...(settings.some((line) => line.startsWith("pool_mode")) ? [] : ["pool_mode = transaction"]),
      "auth_type = any",
      "listen_addr = 127.0.0.1",
      `listen_port = ${listenPort}`,
      "unix_socket_dir =",
      "default_pool_size = 6",
      "max_client_conn = 200",
      ...settings,
    ].join("\n"),
  );
  const signal = new AbortController().signal;
  const account = await serverAccount({ cluster: folder, log: recordingLog().log, signal });
  const child = Bun.spawn([PGBOUNCER, configuration], {
    cwd: folder,
    stdio: ["ignore", "ignore", "ignore"],
    ...(account === undefined ? {} : { uid: account.uid, gid: account.gid }),
  });
  const url = new URL(databaseUrl);
  url.port = String(listenPort);
  await eventually(async () => {
    await using sessions = new AsyncDisposableStack();
    const sql = connectPostgres(url.href, { max: 1 });
    sessions.defer(async () => await sql.end({ timeout: 1 }));
    await sql`SELECT 1`.simple();
  });
  return {
    url: `${url.protocol}//${username}:${password}@127.0.0.1:${listenPort}${pathname}`,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.exited;
    },
  };
}

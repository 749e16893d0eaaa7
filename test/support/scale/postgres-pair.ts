import { chmodSync, cpSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SQL } from "bun";
import { type Account, serverAccount, takeOver } from "../../../src/embedded/account.ts";
import { findPostgres } from "../../../src/embedded/postgres/find-postgres.ts";
import {
  clusterArgument,
  initCluster,
  POSTGRES_DATABASE,
  POSTGRES_ENV,
  POSTGRES_USER,
} from "../../../src/embedded/postgres/postgres-cluster.ts";
import { eventually } from "../eventually.ts";
import { recordingLog } from "../recording-log.ts";
import { signalAll, suspend, suspendAll } from "../server-processes.ts";
import { temporaryFolder } from "../temporary-folder.ts";
import { testPort } from "../test-port.ts";

const PASSWORD = "pair";
const CREDENTIALS = `${POSTGRES_USER}:${PASSWORD}`;

interface Place {
  readonly folder: string;
  readonly binDir: string;
  readonly account: Account | undefined;
}

/** A primary and a streaming standby of it, which may change places. `await using` kills both. */
export interface PostgresPair extends AsyncDisposable {
  /** Names the standby first. */
  readonly url: string;
  primary: PostgresNode;
  standby: PostgresNode;
  /** The standby takes the place of the primary, which must not answer any more. */
  promote(): Promise<void>;
  /** Makes the former primary, which must not run, a standby of the new one. */
  rejoin(): Promise<void>;
}

export class PostgresNode {
  readonly port = testPort();
  readonly #cluster: string;
  readonly #place: Place;
  #server: Bun.Subprocess | undefined;

  constructor(name: string, place: Place) {
    this.#place = place;
    this.#cluster = join(place.folder, name);
  }

  get cluster(): string {
    return this.#cluster;
  }

  get url(): string {
    return `postgres://${CREDENTIALS}@127.0.0.1:${this.port}/${POSTGRES_DATABASE}`;
  }

  async init(): Promise<void> {
    const { binDir, account } = this.#place;
    const { signal } = new AbortController();
    await initCluster(this.#cluster, { binDir, password: PASSWORD, account, signal });
  }

  async start(settings: readonly string[] = []): Promise<void> {
    const { binDir, account } = this.#place;
    const listening = ["-p", String(this.port), "-c", "listen_addresses=127.0.0.1"];
    const sockets = ["-c", "unix_socket_directories="];
    const options = ["-c", "wal_level=replica", ...settings.flatMap((text) => ["-c", text])];
    const argument = clusterArgument(this.#cluster, account);
    this.#server = Bun.spawn(
      [join(binDir, "postgres"), "-D", argument, ...listening, ...sockets, ...options],
      {
        cwd: this.#cluster,
        env: POSTGRES_ENV,
        stdio: ["ignore", "ignore", Bun.file(`${this.#cluster}.log`)],
        ...(account === undefined ? {} : { uid: account.uid, gid: account.gid }),
      },
    );
    await eventually(async () => {
      await this.query("SELECT 1");
    });
  }

  async query(statement: string): Promise<readonly Record<string, unknown>[]> {
    const sql = new SQL({ url: this.url, max: 1, connectionTimeout: 2 });
    try {
      return await sql.unsafe(statement);
    } finally {
      await sql.close({ timeout: 0 });
    }
  }

  /** Ends the server like a crash of the machine. */
  async kill(): Promise<void> {
    const server = this.#server;
    if (server === undefined || server.exitCode !== null) return;
    const sessions = await sessionsOf(server);
    server.kill("SIGKILL");
    signalAll(sessions, "SIGKILL");
    await server.exited;
    this.#server = undefined;
  }

  /** Ends the server, and what it has stored with it first. */
  async stop(): Promise<void> {
    this.#server?.kill("SIGINT");
    await this.#server?.exited;
    this.#server = undefined;
  }

  /** Suspends the server and its sessions: connections stay open, and nobody answers. */
  async suspend(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    await suspend(server.pid);
    await suspendAll(await sessionsOf(server));
  }

  /** Copies a running primary, whose standby it becomes. */
  async copyOf(primary: PostgresNode): Promise<void> {
    const sql = new SQL({ url: primary.url, max: 1 });
    rmSync(this.#cluster, { recursive: true, force: true });
    await sql`SELECT pg_backup_start('standby', true)`;
    cpSync(primary.cluster, this.#cluster, {
      recursive: true,
      filter: (path) => !path.endsWith("postmaster.pid"),
    });
    const [row] = await sql<{ labelfile: string }[]>`SELECT labelfile FROM pg_backup_stop()`;
    await sql.close();
    writeFileSync(join(this.#cluster, "backup_label"), row?.labelfile ?? "");
    writeFileSync(join(this.#cluster, "standby.signal"), "");
    writeFileSync(
      join(this.#cluster, "postgresql.auto.conf"),
      `primary_conninfo = 'host=127.0.0.1 port=${primary.port} user=${POSTGRES_USER} password=${PASSWORD}'\n`,
    );
    chmodSync(this.#cluster, 0o700);
    const { log } = recordingLog();
    const { account } = this.#place;
    // The account of the copy is that of the test.
    await takeOver(this.#cluster, account, { log, signal: new AbortController().signal });
  }
}

export async function openPostgresPair(): Promise<PostgresPair> {
  const place = await newPlace();
  const first = new PostgresNode("first", place);
  const second = new PostgresNode("second", place);
  await first.init();
  await first.start();
  await second.copyOf(first);
  await second.start();
  const url = `postgres://${CREDENTIALS}@127.0.0.1:${second.port},127.0.0.1:${first.port}/${POSTGRES_DATABASE}?target_session_attrs=primary`;
  const pair: PostgresPair = {
    url,
    primary: first,
    standby: second,
    async promote() {
      await pair.standby.query("SELECT pg_promote()");
      [pair.primary, pair.standby] = [pair.standby, pair.primary];
    },
    async rejoin() {
      await pair.standby.copyOf(pair.primary);
      await pair.standby.start();
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([first.kill(), second.kill()]);
    },
  };
  return pair;
}

/** All processes that the server has begun. */
async function sessionsOf({ pid }: Bun.Subprocess): Promise<readonly number[]> {
  const children = await Bun.file(`/proc/${pid}/task/${pid}/children`).text();
  return children.trim().split(" ").map(Number);
}

async function newPlace(): Promise<Place> {
  const folder = temporaryFolder("pair");
  // For the account of PostgreSQL.
  chmodSync(folder, 0o711);
  const { log } = recordingLog();
  const { signal } = new AbortController();
  const cluster = join(folder, "first");
  const account = await serverAccount({ cluster, log, signal });
  const programs = await findPostgres({ dataDir: folder, cluster, account, log, signal });
  return { folder, binDir: programs.binDir, account };
}

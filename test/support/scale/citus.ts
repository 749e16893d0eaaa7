import { chmodSync, existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { connectPostgres } from "../connect.ts";
import { eventually } from "../eventually.ts";
import { temporaryFolder } from "../temporary-folder.ts";
import { testPort } from "../test-port.ts";

const BESIDE_PROJECT = join(import.meta.dir, "../../../../shared/citus/cluster");
const PG_CTL = "/usr/lib/postgresql/15/bin/pg_ctl";
const ATTEMPTS = 3;

/** A coordinator of Citus and two workers. `await using` ends them. */
export interface Citus extends AsyncDisposable {
  /** Of the coordinator. */
  readonly url: string;
  readonly workers: readonly CitusWorker[];
}

export interface CitusWorker {
  readonly url: string;
  readonly port: number;
  /** Ends it like a crash. */
  kill(): Promise<void>;
  start(): Promise<void>;
}

/**
 * Starts servers with the program that `CITUS_CLUSTER` names or that is beside the project. Returns why there are none where it is not found
 * or does not start them.
 */
export async function startCitus(): Promise<Citus | string> {
  const program = Bun.env["CITUS_CLUSTER"] ?? BESIDE_PROJECT;
  if (!existsSync(program)) return "CITUS_CLUSTER names no program that starts it";
  if (process.getuid?.() !== 0) return "its servers are started by root only";
  const folder = temporaryFolder("citus");
  // For the account of PostgreSQL.
  chmodSync(folder, 0o711);
  const home = join(folder, "servers");
  let said = "";
  // The two ports behind the first may be taken.
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const port = testPort();
    const env = { ...Bun.env, QUEUEFLOW_CITUS: home };
    const child = Bun.spawn([program, "start", String(port)], {
      env,
      stdio: ["ignore", "pipe", Bun.file(join(folder, "start.log"))],
    });
    const url = (await new Response(child.stdout).text()).trim().split("\n").at(-1) ?? "";
    if ((await child.exited) === 0) return citusAt(url, { home, port });
    said = readFileSync(join(folder, "start.log"), "utf8").trim().split("\n").at(-1) ?? "";
  }
  return `it does not start: ${said}`;
}

function citusAt(url: string, { home, port }: { home: string; port: number }): Citus {
  const folders = [0, 1, 2].map((number) => join(home, String(number)));
  const workers = folders.slice(1).map((folder, index) => workerAt(url, folder, port + index + 1));
  return {
    url,
    workers,
    async [Symbol.asyncDispose]() {
      for (const folder of folders) end(folder);
      await Promise.all(folders.map(untilEnded));
    },
  };
}

function workerAt(coordinator: string, folder: string, port: number): CitusWorker {
  const url = new URL(coordinator);
  url.port = String(port);
  return {
    url: url.href,
    port,
    async kill() {
      end(folder);
      await untilEnded(folder);
    },
    async start() {
      const { uid, gid } = statSync(folder);
      const log = `${folder}.log`;
      const child = Bun.spawn([PG_CTL, "-D", folder, "-l", log, "-w", "start"], {
        cwd: folder,
        stdio: ["ignore", "ignore", "ignore"],
        uid,
        gid,
      });
      if ((await child.exited) !== 0) throw new Error(readFileSync(log, "utf8"));
      await eventually(async () => {
        await using sessions = new AsyncDisposableStack();
        const sql = connectPostgres(url.href, { max: 1 });
        sessions.defer(async () => await sql.end({ timeout: 1 }));
        await sql`SELECT 1`;
      });
    },
  };
}

function pidOf(folder: string): number | undefined {
  const file = join(folder, "postmaster.pid");
  return existsSync(file) ? Number(readFileSync(file, "utf8").split("\n", 1)[0]) : undefined;
}

/** PostgreSQL's immediate shutdown. */
function end(folder: string): void {
  const pid = pidOf(folder);
  if (pid !== undefined) process.kill(pid, "SIGQUIT");
}

async function untilEnded(folder: string): Promise<void> {
  await eventually(() => {
    if (pidOf(folder) !== undefined) throw new Error(`PostgreSQL still runs in ${folder}`);
  });
}

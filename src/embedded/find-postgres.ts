import { existsSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { errorText, QueueFlowError } from "../errors.ts";
import { type PostgresSearch, packagedPostgres } from "./postgres-package.ts";
import { runCommand } from "./run-command.ts";

/** The folder with `initdb` and `postgres`, and their version. */
export interface PostgresPrograms {
  readonly binDir: string;
  readonly version: string;
}

/** The oldest maintained version. */
export const MAJOR_MIN = 14;

/**
 * The oldest that runs under another account in a folder which that account cannot reach by its path:
 * up to 15 the programs change their working folder and back to find out where they are.
 */
const MAJOR_MIN_OTHER_ACCOUNT = 16;

/** Where Debian installs each version, in a folder named by its major version. */
export const DEBIAN_ROOT = "/usr/lib/postgresql";

/**
 * The PostgreSQL programs to run: those of the npm package or of the executable, else those installed
 * on the system; the first that this machine and account can really run, and that can read the data
 * there already is (a cluster belongs to one major version).
 *
 * @throws QueueFlowError `embedded_server_failed` with what is wrong with each of them.
 */
export async function findPostgres(search: PostgresSearch): Promise<PostgresPrograms> {
  const wantedMajor = clusterMajor(search.cluster);
  const reasons: string[] = [];
  for (const candidate of [packagedPostgres, pathPostgres, debianPostgres]) {
    try {
      const binDir = await candidate(search);
      if (binDir !== undefined) return await checked(binDir, search, wantedMajor);
    } catch (thrown) {
      search.signal.throwIfAborted();
      const reason = errorText(thrown);
      search.log.warn({ reason }, "A PostgreSQL cannot be run here; looking for another");
      reasons.push(reason);
    }
  }
  const sentence =
    "There is no PostgreSQL to run here: install one with your system's package manager " +
    "(Debian: apt-get install postgresql), or set DATABASE_URL to one that runs";
  throw new QueueFlowError("embedded_server_failed", [sentence, ...reasons].join("; "));
}

async function checked(
  binDir: string,
  { account, signal }: PostgresSearch,
  wantedMajor: string | undefined,
): Promise<PostgresPrograms> {
  const text = await runCommand([join(binDir, "postgres"), "--version"], { account, signal });
  const [full = "unknown", major = "0"] = /(\d+)\.\d+/.exec(text) ?? [];
  if (wantedMajor !== undefined && wantedMajor !== major) {
    throw new Error(`the data is of PostgreSQL ${wantedMajor}, and ${binDir} is ${full}`);
  }
  const majorMin = account === undefined ? MAJOR_MIN : MAJOR_MIN_OTHER_ACCOUNT;
  if (Number(major) < majorMin) throw new Error(`${binDir} is ${full}, older than ${majorMin}`);
  return { binDir, version: full };
}

function clusterMajor(cluster: string): string | undefined {
  const path = join(cluster, "PG_VERSION");
  return existsSync(path) ? readFileSync(path, "utf8").trim() : undefined;
}

function pathPostgres(): string | undefined {
  const path = Bun.which("postgres");
  return path === null ? undefined : dirname(realpathSync(path));
}

/** Debian's programs are not on the PATH; the newest version has the say, or the one of the data. */
function debianPostgres({ cluster }: PostgresSearch): string | undefined {
  const versions = existsSync(DEBIAN_ROOT) ? readdirSync(DEBIAN_ROOT) : [];
  const newest = versions.toSorted((a, b) => Number(b) - Number(a)).at(0);
  const chosen = versions.find((version) => version === clusterMajor(cluster)) ?? newest;
  return chosen === undefined ? undefined : join(DEBIAN_ROOT, chosen, "bin");
}

import { existsSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { errorText, QueueFlowError } from "../../errors.ts";
import { runCommand } from "../run-command.ts";
import { type PostgresSearch, packagedPostgres } from "./postgres-package.ts";

export interface PostgresPrograms {
  /** Holds `initdb` and `postgres`. */
  readonly binDir: string;
  readonly version: string;
}

/** Oldest maintained major version. */
export const MAJOR_MIN = 14;

/** Up to 15, programs leave and re-enter their working directory to locate themselves, which another account may not be allowed to. */
const MAJOR_MIN_OTHER_ACCOUNT = 16;

export const DEBIAN_ROOT = "/usr/lib/postgresql";

/**
 * Returns the first that runs under this account and matches the major version of existing data.
 *
 * @throws QueueFlowError `embedded_server_failed` with the reason against each candidate.
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
      search.log.warn({ reason }, "PostgreSQL candidate rejected; trying the next");
      reasons.push(reason);
    }
  }
  const sentence =
    "No usable PostgreSQL found: install one with your system's package manager " +
    "(Debian: apt-get install postgresql), or set DATABASE_URL to a running one";
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
    throw new Error(`the data needs PostgreSQL ${wantedMajor}, but ${binDir} is ${full}`);
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

/** Debian keeps these programs off the PATH. */
function debianPostgres({ cluster }: PostgresSearch): string | undefined {
  const versions = existsSync(DEBIAN_ROOT) ? readdirSync(DEBIAN_ROOT) : [];
  const newest = versions.toSorted((a, b) => Number(b) - Number(a)).at(0);
  const chosen = versions.find((version) => version === clusterMajor(cluster)) ?? newest;
  return chosen === undefined ? undefined : join(DEBIAN_ROOT, chosen, "bin");
}

import { QueueFlowError } from "../errors.ts";
import {
  hasApt,
  installDebianRedis,
  type Progress,
  unpackDebianRedis,
  unpackedRedis,
} from "./debian-redis.ts";
import { runCommand } from "./run-command.ts";

/** A server program that speaks Redis's protocol, and what it needs in its environment. */
export interface RedisProgram {
  readonly path: string;
  readonly version: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Valkey forked at Redis 7.2.4 and counts on from there, so one bound serves both. */
const VERSION_MIN = "7.0.0";

const PROGRAM_NAMES = ["redis-server", "valkey-server"] as const;

/**
 * The Redis or Valkey server to run: the one on the PATH, else the one unpacked before, else Debian's
 * package, installed when the engine is root and unpacked into the data folder when it is not.
 *
 * @throws QueueFlowError `embedded_server_failed` that says in one sentence what to install.
 */
export async function findRedis(dataDir: string, progress: Progress): Promise<RedisProgram> {
  const found = present(dataDir) ?? (await provided(dataDir, progress));
  if (found !== undefined) return checked(found, progress.signal);
  throw new QueueFlowError(
    "embedded_server_failed",
    "There is no redis-server or valkey-server on the PATH: install one (macOS: brew install redis; " +
      "Linux: the redis or valkey package of your distribution), or set REDIS_URL to one that runs",
  );
}

type Unchecked = Omit<RedisProgram, "version">;

function present(dataDir: string): Unchecked | undefined {
  for (const name of PROGRAM_NAMES) {
    const path = Bun.which(name);
    if (path !== null) return { path, env: {} };
  }
  return unpackedRedis(dataDir);
}

async function provided(dataDir: string, progress: Progress): Promise<Unchecked | undefined> {
  if (!hasApt()) return undefined;
  if (process.getuid?.() === 0) await installDebianRedis(progress);
  else await unpackDebianRedis(dataDir, progress);
  return present(dataDir);
}

async function checked({ path, env }: Unchecked, signal: AbortSignal): Promise<RedisProgram> {
  const text = await runCommand([path, "--version"], { env, signal });
  const version = /\bv=(\d+\.\d+\.\d+)/.exec(text)?.[1];
  if (version !== undefined && Bun.semver.order(version, VERSION_MIN) >= 0) {
    return { path, version, env };
  }
  const sentence = `${path} is ${version ?? "of no known version"}, and QueueFlow needs Redis ${VERSION_MIN} or newer, or any Valkey: install one, or set REDIS_URL`;
  throw new QueueFlowError("embedded_server_failed", sentence);
}

import { QueueFlowError } from "../../errors.ts";
import { runCommand } from "../run-command.ts";
import {
  hasApt,
  installDebianRedis,
  type Progress,
  unpackDebianRedis,
  unpackedRedis,
} from "./debian-redis.ts";

export interface RedisProgram {
  readonly path: string;
  readonly version: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Valkey forked from Redis 7.2.4 and continues its numbering, so one minimum serves both. */
const VERSION_MIN = "7.0.0";

/** In order of preference. */
export const REDIS_PROGRAMS = ["redis-server", "valkey-server"] as const;

/**
 * Looks on the PATH and in the data folder, then tries Debian's package.
 *
 * @throws QueueFlowError `embedded_server_failed` with what to install.
 */
export async function findRedis(dataDir: string, progress: Progress): Promise<RedisProgram> {
  const found = present(dataDir) ?? (await provided(dataDir, progress));
  if (found !== undefined) return checked(found, progress.signal);
  throw new QueueFlowError(
    "embedded_server_failed",
    "No redis-server or valkey-server on the PATH: install one (macOS: brew install redis; " +
      "Linux: the redis or valkey package of your distribution), or set REDIS_URL to a running one",
  );
}

type Unchecked = Omit<RedisProgram, "version">;

function present(dataDir: string): Unchecked | undefined {
  for (const name of REDIS_PROGRAMS) {
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
  const sentence = `${path} is version ${version ?? "unknown"}; QueueFlow needs Redis ${VERSION_MIN} or newer, or Valkey: install one, or set REDIS_URL`;
  throw new QueueFlowError("embedded_server_failed", sentence);
}

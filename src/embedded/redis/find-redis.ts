import { join } from "node:path";
import { QueueFlowError } from "../../errors.ts";
import { hasApt } from "./apt.ts";
import { installDebianRedis, type Progress } from "./debian-redis.ts";
import { checkedProgram, type RedisProgram } from "./redis-program.ts";
import { unpackedRedis } from "./unpacked-redis.ts";

/** In order of preference. */
export const REDIS_PROGRAMS = ["redis-server", "valkey-server"] as const;

/**
 * Looks on the PATH, then tries Debian's package: installed when the engine is root, else unpacked into the data folder.
 *
 * @throws QueueFlowError `embedded_server_failed` with what to install.
 */
export async function findRedis(dataDir: string, progress: Progress): Promise<RedisProgram> {
  const path = pathOfRedis();
  if (path !== undefined) return await checkedProgram({ path, env: {} }, progress.signal);
  if (!hasApt()) {
    throw new QueueFlowError(
      "embedded_server_failed",
      "No redis-server or valkey-server on the PATH: install one (macOS: brew install redis; " +
        "Linux: the redis or valkey package of your distribution), or set REDIS_URL to a running one",
    );
  }
  try {
    return process.getuid?.() === 0
      ? await installedRedis(progress)
      : await unpackedRedis(join(dataDir, "redis-dist"), progress);
  } catch (cause) {
    progress.signal.throwIfAborted();
    const sentence =
      "No redis-server or valkey-server on the PATH, and Debian's package could not be fetched: " +
      "install it (sudo apt-get install redis-server), or set REDIS_URL to a running one";
    throw new QueueFlowError("embedded_server_failed", sentence, { cause });
  }
}

function pathOfRedis(): string | undefined {
  return REDIS_PROGRAMS.map((name) => Bun.which(name)).find((path) => path !== null) ?? undefined;
}

async function installedRedis(progress: Progress): Promise<RedisProgram> {
  await installDebianRedis(progress);
  const path = pathOfRedis();
  if (path !== undefined) return await checkedProgram({ path, env: {} }, progress.signal);
  throw new QueueFlowError("embedded_server_failed", "The installed package has no redis-server");
}

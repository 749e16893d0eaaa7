import { existsSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { errorText } from "../../errors.ts";
import { type Progress, unpackDebianRedis } from "./debian-redis.ts";
import { checkedProgram, type RedisProgram } from "./redis-program.ts";

/**
 * Returns the Redis in `folder`, unpacked before or now. The folder appears complete, by a rename; one that does not run, as after an
 * upgrade of the system's libraries, is made again.
 *
 * @throws QueueFlowError `embedded_server_failed` with the output of apt-get or dpkg-deb.
 */
export async function unpackedRedis(folder: string, progress: Progress): Promise<RedisProgram> {
  const { log, signal } = progress;
  if (existsSync(folder)) {
    try {
      return await programIn(folder, signal);
    } catch (thrown) {
      signal.throwIfAborted();
      const fields = { folder, reason: errorText(thrown) };
      log.warn(fields, "Unpacked Redis does not run; unpacking it again");
      rmSync(folder, { recursive: true });
    }
  }
  log.info({ folder }, "Redis not found; unpacking Debian's package into the data folder");
  const work = `${folder}.new`;
  rmSync(work, { recursive: true, force: true });
  try {
    const root = join(work, "root");
    await unpackDebianRedis({ root, work }, progress);
    await programIn(root, signal);
    renameSync(root, folder);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return await programIn(folder, signal);
}

async function programIn(root: string, signal: AbortSignal): Promise<RedisProgram> {
  const folders = ["lib", "usr/lib"].map((name) => join(root, name)).filter(existsSync);
  const libraries = folders.flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.includes("-linux-gnu"))
      .map((name) => join(folder, name)),
  );
  const path = join(root, "usr/bin/redis-server");
  return await checkedProgram({ path, env: { LD_LIBRARY_PATH: libraries.join(":") } }, signal);
}

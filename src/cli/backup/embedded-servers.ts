import { join } from "node:path";
import { DATA_DIR } from "../../config/config.ts";
import { findEmbedded } from "../../embedded/find-embedded.ts";
import { hasData } from "../../embedded/restored-data.ts";
import { startEmbedded } from "../../embedded/start-embedded.ts";
import type { Log } from "../../log/log.ts";
import type { Shell } from "../shell.ts";
import { shellLog } from "../shell-log.ts";

/** Calls `work` with a shell whose servers run: those of the engine in its folder, or started for `work` where none runs. */
export async function withEmbedded<Result>(
  shell: Shell,
  work: (shell: Shell) => Promise<Result>,
): Promise<Result> {
  const dataDir = join(shell.folder, DATA_DIR);
  if (findEmbedded(dataDir) !== undefined || !hasData(dataDir)) return await work(shell);
  await using servers = await startEmbedded({
    dataDir,
    redis: true,
    postgres: true,
    log: warningsTo(shell),
    onFatal: () => undefined, // `work` then fails.
    signal: shell.interruption(),
  });
  const { redisUrl: REDIS_URL, databaseUrl: DATABASE_URL } = servers;
  return await work({ ...shell, env: { ...shell.env, REDIS_URL, DATABASE_URL } });
}

export function warningsTo(shell: Shell): Log {
  return { ...shellLog(shell), info: () => undefined };
}

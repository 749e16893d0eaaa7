import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { endOrphans } from "../end-orphans.ts";
import { freePort } from "../free-port.ts";
import { keptPassword, writePrivateFile } from "../private-file.ts";
import { ServerLog } from "../server-log.ts";
import { type StartedServer, type StartOptions, superviseServer } from "../supervise-server.ts";
import { findRedis, REDIS_PROGRAMS } from "./find-redis.ts";
import { redisMemoryMax } from "./memory-limit.ts";

/** How to end those of a killed engine. */
export const REDIS_ORPHANS = { names: REDIS_PROGRAMS, stopSignal: "SIGTERM" } as const;

/** @throws QueueFlowError `embedded_server_failed`. */
export async function startRedis(options: StartOptions): Promise<StartedServer> {
  const { dataDir, programsDir = dataDir, log, signal } = options;
  const program = await findRedis(programsDir, { log, signal });
  const folder = join(dataDir, "redis");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  await endOrphans(folder, { ...REDIS_ORPHANS, log, signal });

  const port = freePort();
  const password = keptPassword(join(dataDir, "redis.password"));
  const configuration = join(dataDir, "redis.conf");
  writePrivateFile(configuration, redisConfiguration(port, password));
  const server = await superviseServer(
    {
      name: "redis",
      command: [program.path, configuration],
      cwd: folder,
      env: { ...program.env, LC_ALL: "C", TZ: "UTC" },
      account: undefined,
      readyText: "Ready to accept connections",
      stopSignals: ["SIGTERM", "SIGKILL"],
    },
    { ...options, output: new ServerLog(join(dataDir, "redis.log"), log) },
  );
  const url = `redis://default:${password}@127.0.0.1:${port}`;
  return { url, version: program.version, ...server };
}

/**
 * A command line would show the password to every account. `dir .` works whatever characters the path contains. A write truncated by
 * a power cut was never acknowledged, so `aof-load-truncated` loses nothing.
 */
function redisConfiguration(port: number, password: string): string {
  return `bind 127.0.0.1
port ${port}
protected-mode yes
requirepass ${password}
daemonize no
dir .
appendonly yes
appendfsync always
aof-load-truncated yes
save ""
maxmemory ${redisMemoryMax()}
maxmemory-policy noeviction
`;
}

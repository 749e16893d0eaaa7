import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { endOrphans } from "./end-orphans.ts";
import { findRedis } from "./find-redis.ts";
import { freePort } from "./free-port.ts";
import { keptPassword, writePrivateFile } from "./private-file.ts";
import { ServerLog } from "./server-log.ts";
import { type StartedServer, type StartOptions, superviseServer } from "./supervise-server.ts";

/**
 * Starts a local Redis on the data folder: 127.0.0.1 only, with a password, every write on disk before
 * it is answered.
 *
 * @throws QueueFlowError `embedded_server_failed`.
 */
export async function startRedis(options: StartOptions): Promise<StartedServer> {
  const { dataDir, log, signal } = options;
  const program = await findRedis(dataDir, { log, signal });
  const folder = join(dataDir, "redis");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const names = ["redis-server", "valkey-server"];
  await endOrphans(folder, { names, stopSignal: "SIGTERM", log, signal });

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
  return { url, version: program.version, stop: () => server.stop() };
}

/**
 * A file, because the command line would show the password to every account. `dir .` is the folder the
 * server is started in, whatever characters its path has. A write that was cut short by a power cut
 * was never answered, so dropping it at the next start loses nothing.
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
maxmemory-policy noeviction
`;
}

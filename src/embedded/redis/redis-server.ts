import { join } from "node:path";
import { redisSocketUrl } from "../../server-address.ts";
import { endOrphans } from "../end-orphans.ts";
import { freePort } from "../free-port.ts";
import { keptPassword, privateFolder, writePrivateFile } from "../private-file.ts";
import { ServerLog } from "../server-log.ts";
import { placeSocket, removeSocket } from "../socket-folder.ts";
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
  privateFolder(folder, log);
  await endOrphans(folder, { ...REDIS_ORPHANS, log, signal });

  const socket = { folder, name: "redis.sock" };
  const place = placeSocket(socket, undefined);
  const port = options.usesPorts === true ? freePort() : 0;
  const password = keptPassword(join(dataDir, "redis.password"));
  const configuration = join(dataDir, "redis.conf");
  const path = place.argument === "." ? socket.name : join(place.argument, socket.name);
  writePrivateFile(configuration, redisConfiguration({ port, path, password }));
  const server = await superviseServer(
    {
      name: "redis",
      command: [program.path, configuration],
      cwd: folder,
      env: { ...program.env, LC_ALL: "C", TZ: "UTC" },
      account: undefined,
      readyText: "ready to accept connections",
      stopSignals: ["SIGTERM", "SIGKILL"],
    },
    { ...options, output: new ServerLog(join(dataDir, "redis.log"), log) },
  );
  const url =
    port === 0
      ? redisSocketUrl(join(place.folder, socket.name), password)
      : `redis://default:${password}@127.0.0.1:${port}`;
  return {
    url,
    version: program.version,
    async stop() {
      await server.stop();
      removeSocket(socket);
    },
  };
}

/**
 * A command line would show the password to every account. `dir .` works whatever characters the path contains. A write truncated by
 * a power cut was never acknowledged, so `aof-load-truncated` loses nothing.
 */
function redisConfiguration({
  port,
  path,
  password,
}: {
  readonly port: number;
  readonly path: string;
  readonly password: string;
}): string {
  return `bind 127.0.0.1
port ${port}
unixsocket "${path}"
unixsocketperm 700
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

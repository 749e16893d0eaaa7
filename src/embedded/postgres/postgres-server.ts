import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { QueueFlowError } from "../../errors.ts";
import { POSTGRES_PORT } from "../../postgres-hosts.ts";
import { POSTGRES_SOCKET, socketHost } from "../../server-address.ts";
import { type Account, serverAccount, takeOver } from "../account.ts";
import { endOrphans } from "../end-orphans.ts";
import { freePort } from "../free-port.ts";
import { keptPassword } from "../private-file.ts";
import { ServerLog } from "../server-log.ts";
import { placeSocket, removeSocket } from "../socket-folder.ts";
import { type StartedServer, type StartOptions, superviseServer } from "../supervise-server.ts";
import { findPostgres, type PostgresPrograms } from "./find-postgres.ts";
import {
  clusterArgument,
  initCluster,
  newClusterFolder,
  POSTGRES_DATABASE,
  POSTGRES_ENV,
  POSTGRES_USER,
} from "./postgres-cluster.ts";

/**
 * These override the configuration file. The largest configuration opens 260 connections (`postgres-connections.ts`). Shared memory
 * is a file, because containers give /dev/shm only 64 MB.
 */
const SETTINGS = {
  unix_socket_permissions: "0700",
  fsync: "on",
  synchronous_commit: "on",
  full_page_writes: "on",
  max_connections: "300",
  shared_buffers: "128MB",
  dynamic_shared_memory_type: "mmap",
  timezone: "UTC",
  log_timezone: "UTC",
  log_destination: "stderr",
  logging_collector: "off",
  log_checkpoints: "off",
} as const;

/** How to end those of a killed engine. */
export const POSTGRES_ORPHANS = { names: ["postgres", "initdb"], stopSignal: "SIGINT" } as const;

/** @throws QueueFlowError `embedded_server_failed`. */
export async function startPostgres(options: StartOptions): Promise<StartedServer> {
  const { dataDir, programsDir = dataDir, log, signal } = options;
  const cluster = clusterFolder(dataDir);
  const account = await serverAccount({ cluster, log, signal });
  const programs = await findPostgres({ dataDir: programsDir, cluster, account, log, signal });
  return await runPostgres({ ...programs, account }, options);
}

export async function runPostgres(
  { binDir, version, account }: PostgresPrograms & { readonly account: Account | undefined },
  options: StartOptions,
): Promise<StartedServer> {
  const { dataDir, log, signal } = options;
  const cluster = clusterFolder(dataDir);
  for (const folder of [newClusterFolder(cluster), cluster]) {
    await endOrphans(folder, { ...POSTGRES_ORPHANS, log, signal });
  }
  // No server runs on the cluster now, but another program may have the file's process id: in a container, ids start at 1 again.
  rmSync(join(cluster, "postmaster.pid"), { force: true });
  await takeOver(cluster, account, { log, signal });
  const password = clusterPassword(dataDir, cluster);
  await initCluster(cluster, { binDir, password, account, signal });

  const port = options.usesPorts === true ? freePort() : POSTGRES_PORT;
  const socket = { folder: cluster, name: `${POSTGRES_SOCKET}${port}` };
  const place = placeSocket(socket, account);
  const listening = {
    listen_addresses: options.usesPorts === true ? "127.0.0.1" : "",
    unix_socket_directories: place.argument,
  };
  const settings = Object.entries({ ...listening, ...SETTINGS }).flatMap(([name, value]) => [
    "-c",
    `${name}=${value}`,
  ]);
  const server = await superviseServer(
    {
      name: "postgres",
      command: [
        join(binDir, "postgres"),
        "-D",
        clusterArgument(cluster, account),
        "-p",
        String(port),
        ...settings,
      ],
      cwd: cluster,
      env: POSTGRES_ENV,
      account,
      readyText: "database system is ready to accept connections",
      stopSignals: ["SIGINT", "SIGQUIT"],
    },
    { ...options, output: new ServerLog(join(dataDir, "postgres.log"), log) },
  );
  const host = options.usesPorts === true ? "127.0.0.1" : socketHost(place.folder);
  return {
    url: `postgres://${POSTGRES_USER}:${password}@${host}:${port}/${POSTGRES_DATABASE}`,
    version,
    async stop() {
      await server.stop();
      removeSocket(socket);
    },
  };
}

function clusterFolder(dataDir: string): string {
  return join(dataDir, "postgres");
}

function clusterPassword(dataDir: string, cluster: string): string {
  const path = join(dataDir, "postgres.password");
  if (!existsSync(cluster) || existsSync(path)) return keptPassword(path);
  const sentence = `${path} is missing, and the data in ${cluster} needs it: restore the file, or delete that folder to start with an empty database`;
  throw new QueueFlowError("embedded_server_failed", sentence);
}

import { chownSync, existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Account } from "./account.ts";
import { runCommand } from "./run-command.ts";

/** The superuser of a new cluster, and its database. */
export const POSTGRES_USER = "queueflow";
export const POSTGRES_DATABASE = "queueflow";

/** All that PostgreSQL's programs see of the environment: their messages are read, so in English. */
export const POSTGRES_ENV = { LC_ALL: "C", LC_MESSAGES: "C", TZ: "UTC", PATH: "/usr/bin:/bin" };

/** What a new cluster is made with. */
export interface NewCluster {
  readonly binDir: string;
  readonly password: string;
  readonly account: Account | undefined;
  readonly signal: AbortSignal;
}

/**
 * Makes the cluster and its database where there is none yet. They are made under another name and
 * renamed: a start that was interrupted leaves nothing behind that the next one takes for a cluster.
 *
 * @throws QueueFlowError `embedded_server_failed` with what initdb says.
 */
export async function initCluster(cluster: string, options: NewCluster): Promise<void> {
  if (existsSync(cluster)) return;
  const { binDir, password, account, signal } = options;
  const folder = newClusterFolder(cluster);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { mode: 0o700 });
  if (account !== undefined) chownSync(folder, account.uid, account.gid);

  const run = { cwd: folder, env: POSTGRES_ENV, account, signal };
  const dataArgument = ["-D", clusterArgument(folder, account)];
  const settings = [
    `--username=${POSTGRES_USER}`,
    "--auth=scram-sha-256",
    "--pwfile=/dev/stdin",
    "--encoding=UTF8",
    "--locale=C",
    "--no-instructions",
  ];
  const initdb = [join(binDir, "initdb"), ...dataArgument, ...settings];
  await runCommand(initdb, { ...run, input: `${password}\n` });
  const single = [join(binDir, "postgres"), "--single", ...dataArgument, "template1"];
  await runCommand(single, { ...run, input: `CREATE DATABASE ${POSTGRES_DATABASE};\n` });
  renameSync(folder, cluster);
}

/** Where `initCluster` works before it renames. */
export function newClusterFolder(cluster: string): string {
  return `${cluster}.new`;
}

/**
 * The value of `-D` for a program that is started in the cluster's folder. When it runs under another
 * account, that account may not reach the folder by its path (a clone under /root, which only root may
 * enter). `/proc/self/cwd` leads to the working folder without walking the path, in every process that
 * PostgreSQL starts too, because they all stay in it. The other way, data elsewhere and a link to it,
 * would break the promise that deleting `.queueflow` deletes the data.
 */
export function clusterArgument(cluster: string, account: Account | undefined): string {
  const ownFolder = "/proc/self/cwd";
  return account !== undefined && existsSync(ownFolder) ? ownFolder : cluster;
}

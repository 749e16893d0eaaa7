import { chownSync, existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Account } from "../account.ts";
import { runCommand } from "../run-command.ts";
import { accountNameEnv } from "./account-name.ts";

export const POSTGRES_USER = "queueflow";
export const POSTGRES_DATABASE = "queueflow";

/** The whole environment; in English, because `readyText` and errors match messages. */
export const POSTGRES_ENV = { LC_ALL: "C", LC_MESSAGES: "C", TZ: "UTC", PATH: "/usr/bin:/bin" };

export interface NewCluster {
  readonly binDir: string;
  readonly password: string;
  readonly account: Account | undefined;
  readonly signal: AbortSignal;
}

/**
 * Creates the cluster unless it exists. It is renamed last, so that an interrupted creation is not taken for a cluster.
 *
 * @throws QueueFlowError `embedded_server_failed` with the output of initdb.
 */
export async function initCluster(cluster: string, options: NewCluster): Promise<void> {
  if (existsSync(cluster)) return;
  const { binDir, password, account, signal } = options;
  const folder = newClusterFolder(cluster);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { mode: 0o700 });
  if (account !== undefined) chownSync(folder, account.uid, account.gid);

  const env = { ...POSTGRES_ENV, ...accountNameEnv(`${cluster}.passwd`) };
  const run = { cwd: folder, env, account, signal };
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

export function newClusterFolder(cluster: string): string {
  return `${cluster}.new`;
}

/**
 * Returns the value of `-D` for a program that runs in the cluster's folder. Another account may not reach it by path, as in a clone
 * under /root, but `/proc/self/cwd` leads there directly.
 */
export function clusterArgument(cluster: string, account: Account | undefined): string {
  const ownFolder = "/proc/self/cwd";
  return account !== undefined && existsSync(ownFolder) ? ownFolder : cluster;
}

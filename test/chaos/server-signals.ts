import { join } from "node:path";
import { serversIn } from "../../src/embedded/running-servers.ts";
import { signalAll } from "../support/server-processes.ts";

const PROGRAMS = { redis: ["redis-server", "valkey-server"], postgres: ["postgres"] } as const;

/** Signals the processes of an embedded server: its parent process first, so that it starts no others. */
export function signalServer(
  dataDir: string,
  server: "redis" | "postgres",
  signal: NodeJS.Signals,
  to: "all" | "parent" = "all",
): void {
  const { parents, others } = serverPids(dataDir, server);
  signalAll(to === "all" ? [...parents, ...others] : parents, signal);
}

/** Returns the processes of an embedded server: the parent process, if it still runs, and the others. */
export function serverPids(
  dataDir: string,
  server: "redis" | "postgres",
): { readonly parents: readonly number[]; readonly others: readonly number[] } {
  const running = serversIn(join(dataDir, server), PROGRAMS[server]);
  const pids = new Set(running.map(({ pid }) => pid));
  const parents = running.filter(({ parent }) => !pids.has(parent)).map(({ pid }) => pid);
  return { parents, others: [...pids].filter((pid) => !parents.includes(pid)) };
}

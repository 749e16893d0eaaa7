import { join } from "node:path";
import { serversIn } from "../../src/embedded/running-servers.ts";
import { signalAll } from "../support/server-processes.ts";

const PROGRAMS = { redis: ["redis-server", "valkey-server"], postgres: ["postgres"] } as const;

/**
 * Sends a signal to all processes of an embedded server, or only to the first, which has started the
 * others. The first comes first: stopped or killed, it starts no more.
 */
export function signalServer(
  dataDir: string,
  server: "redis" | "postgres",
  signal: NodeJS.Signals,
  to: "all" | "first" = "all",
): void {
  const { first, others } = serverPids(dataDir, server);
  signalAll(to === "all" ? [...first, ...others] : first, signal);
}

/** The processes of an embedded server: the one that has started the others, unless it is gone, and those. */
export function serverPids(
  dataDir: string,
  server: "redis" | "postgres",
): { readonly first: readonly number[]; readonly others: readonly number[] } {
  const running = serversIn(join(dataDir, server), PROGRAMS[server]);
  const pids = new Set(running.map(({ pid }) => pid));
  const first = running.filter(({ parent }) => !pids.has(parent)).map(({ pid }) => pid);
  return { first, others: [...pids].filter((pid) => !first.includes(pid)) };
}

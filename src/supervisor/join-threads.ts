import type { Role } from "../thread-report.ts";
import type { ChildThread } from "./child-thread.ts";

/** Who asks whom: an ingest thread has the questions of clients, and a report thread answers them. */
const PEERS: Partial<Record<Role, Role>> = { ingest: "report", report: "ingest" };

/** Gives a thread that has just started a channel to each peer that runs. Those that start later get theirs then. */
export function joinThreads(ready: ChildThread, threads: readonly ChildThread[]): void {
  for (const thread of threads) {
    if (thread.role !== PEERS[ready.role] || !thread.isRunning) continue;
    const { port1, port2 } = new MessageChannel();
    ready.sendPort(thread.name, port1);
    thread.sendPort(ready.name, port2);
  }
}

import { setInterval } from "node:timers/promises";
import { QueueFlowError } from "../errors.ts";
import type { Log } from "../log/log.ts";
import { type RunningServer, serversIn } from "./running-servers.ts";

const POLL_MS = 20;

/** How long a clean end may take, then an end by SIGKILL. */
const END_DEADLINE_MS = 15_000;
const KILL_DEADLINE_MS = 5_000;

/** Which processes are servers, and how to ask them to end. */
export interface OrphanOptions {
  /** Names of programs; a shell that stands in the folder is none of ours. */
  readonly names: readonly string[];
  readonly stopSignal: NodeJS.Signals;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/**
 * Ends the servers that an engine which was killed left running in `folder`, and resolves when they
 * are gone. The caller holds the folder's lock, so no live engine has them.
 *
 * @throws QueueFlowError `embedded_server_failed` when one does not end.
 */
export async function endOrphans(folder: string, options: OrphanOptions): Promise<void> {
  const { names, stopSignal, log, signal } = options;
  const orphans = serversIn(folder, names);
  if (orphans.length === 0) return;
  const pids = orphans.map(({ pid }) => pid);
  log.warn({ folder, pids }, "Ending the servers that a killed engine left behind");
  for (const { pid } of orphans.filter(({ parent }) => !pids.includes(parent))) {
    sendSignal(pid, stopSignal);
  }
  if (await untilGone(END_DEADLINE_MS)) return;
  for (const { pid } of serversIn(folder, names)) sendSignal(pid, "SIGKILL");
  if (await untilGone(KILL_DEADLINE_MS)) return;
  throw stuck(folder, serversIn(folder, names));

  /** Nothing tells of the end of a process that is not a child, so this one looks again and again. */
  async function untilGone(deadlineMs: number): Promise<boolean> {
    const deadline = performance.now() + deadlineMs;
    for await (const _ of setInterval(POLL_MS, undefined, { signal })) {
      if (serversIn(folder, names).length === 0) return true;
      if (performance.now() > deadline) return false;
    }
    return false;
  }
}

function stuck(folder: string, left: readonly RunningServer[]): QueueFlowError {
  const pids = left.map(({ pid }) => pid).join(", ");
  const sentence = `Servers left behind in ${folder} do not end: end the processes ${pids}, then start again`;
  return new QueueFlowError("embedded_server_failed", sentence);
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (thrown) {
    const gone = thrown instanceof Error && "code" in thrown && thrown.code === "ESRCH";
    if (!gone) throw thrown;
  }
}

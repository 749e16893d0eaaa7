import { setInterval } from "node:timers/promises";
import { QueueFlowError } from "../errors.ts";
import type { Log } from "../log/log.ts";
import { type RunningServer, serversIn } from "./running-servers.ts";

const POLL_MS = 20;

const END_DEADLINE_MS = 15_000;
const KILL_DEADLINE_MS = 5_000;

export interface OrphanOptions {
  /** Programs to stop; a shell in the folder is left alone. */
  readonly names: readonly string[];
  readonly stopSignal: NodeJS.Signals;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/**
 * Stops the servers that a killed engine left in `folder`. The caller holds the folder's lock.
 *
 * @throws QueueFlowError `embedded_server_failed` when one does not exit.
 */
export async function endOrphans(folder: string, options: OrphanOptions): Promise<void> {
  const { names, stopSignal, log, signal } = options;
  const orphans = serversIn(folder, names);
  if (orphans.length === 0) return;
  const pids = orphans.map(({ pid }) => pid);
  log.warn({ folder, pids }, "Stopping servers left behind by a killed engine");
  for (const { pid } of orphans.filter(({ parent }) => !pids.includes(parent))) {
    sendSignal(pid, stopSignal);
  }
  if (await untilGone(END_DEADLINE_MS)) return;
  for (const { pid } of serversIn(folder, names)) sendSignal(pid, "SIGKILL");
  if (await untilGone(KILL_DEADLINE_MS)) return;
  throw stuck(folder, serversIn(folder, names));

  /** Polls, because only child processes report their exit. */
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
  const sentence = `Servers left behind in ${folder} do not exit: kill processes ${pids}, then start again`;
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

import { readdirSync, readFileSync } from "node:fs";

/** What a process has used of the cores so far, and what it would have used had they been free, in seconds. */
export interface ProcessCpu {
  readonly usedSeconds: number;
  readonly waitedSeconds: number;
}

/** The kernel's clock tick of `/proc/PID/stat`, on all that Linux runs on today (manual, "proc(5)"). */
const TICKS_A_SECOND = 100;

/**
 * What was used is the process's own count, to a hundredth of a second, with that of threads that have
 * ended, as those do that compile. What was waited is the sum of the threads that are there.
 */
export function processCpu(pid: number): ProcessCpu {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The name in parentheses may hold anything; user and system time are the 14th and 15th fields.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ticks = Number(fields[11]) + Number(fields[12]);
  let waitedNs = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) waitedNs += waitedNsOf(pid, thread);
  return { usedSeconds: ticks / TICKS_A_SECOND, waitedSeconds: waitedNs / 1e9 };
}

/** Nanoseconds ready to run but waiting for a core (Documentation/scheduler/sched-stats.rst); 0 for a thread that has ended. */
function waitedNsOf(pid: number, thread: string): number {
  try {
    const text = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8");
    return Number(text.split(" ")[1]);
  } catch {
    return 0;
  }
}

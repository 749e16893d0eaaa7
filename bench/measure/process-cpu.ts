import { readdirSync, readFileSync } from "node:fs";

/** CPU time of a process in seconds, and the time for which it waited for a core. */
export interface ProcessCpu {
  readonly usedSeconds: number;
  readonly waitedSeconds: number;
}

/** The clock tick of `/proc/PID/stat` on all current architectures of Linux (proc(5)). */
const TICKS_A_SECOND = 100;

/**
 * The used time is the process's own count in hundredths of a second, which includes threads that have exited, such as those
 * of the compiler. The waiting time is the sum over running threads.
 */
export function processCpu(pid: number): ProcessCpu {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The name in parentheses may contain any character; user and system time are the 14th and 15th fields.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ticks = Number(fields[11]) + Number(fields[12]);
  let waitedNs = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) waitedNs += waitedNsOf(pid, thread);
  return { usedSeconds: ticks / TICKS_A_SECOND, waitedSeconds: waitedNs / 1e9 };
}

/** Returns nanoseconds in the run queue (Documentation/scheduler/sched-stats.rst); 0 for a thread that has exited. */
function waitedNsOf(pid: number, thread: string): number {
  try {
    const text = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8");
    return Number(text.split(" ")[1]);
  } catch {
    return 0;
  }
}

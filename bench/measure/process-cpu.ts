import { readdirSync, readFileSync } from "node:fs";

/** What a process has used of the cores so far, and what it would have used had they been free, in seconds. */
export interface ProcessCpu {
  readonly usedSeconds: number;
  readonly waitedSeconds: number;
}

/** Sums over the threads of a process, from the kernel's scheduler (Documentation/scheduler/sched-stats.rst). */
export function processCpu(pid: number): ProcessCpu {
  let usedNs = 0;
  let waitedNs = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const [used, waited] = schedstatOf(pid, thread);
    usedNs += used;
    waitedNs += waited;
  }
  return { usedSeconds: usedNs / 1e9, waitedSeconds: waitedNs / 1e9 };
}

/** Nanoseconds on a core, and nanoseconds ready to run but waiting for one; zeros for a thread that has ended. */
function schedstatOf(pid: number, thread: string): readonly [used: number, waited: number] {
  try {
    const text = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8");
    const [used = 0, waited = 0] = text.split(" ").map(Number);
    return [used, waited];
  } catch {
    return [0, 0];
  }
}

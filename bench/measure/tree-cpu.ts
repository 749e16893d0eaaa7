import { readdirSync, readFileSync } from "node:fs";

/** 100 per second on every architecture of Linux (USER_HZ, proc(5)). */
export const TICK_SECONDS = 0.01;

interface ProcessStat {
  readonly pid: number;
  readonly parent: number;
  /** Its own time, and that of its exited children. */
  readonly ticks: number;
}

/** Returns the CPU time in seconds of a process and all its descendants, including exited ones. */
export function treeCpuSeconds(root: number): number {
  const stats = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => statOf(Number(name)));
  const inTree = new Set([root]);
  // A child may have a smaller id than its parent when ids have wrapped around.
  for (let size = 0; size < inTree.size; ) {
    size = inTree.size;
    for (const { pid, parent } of stats) if (inTree.has(parent)) inTree.add(pid);
  }
  const ticks = stats.filter(({ pid }) => inTree.has(pid)).map((stat) => stat.ticks);
  return TICK_SECONDS * ticks.reduce((sum, each) => sum + each, 0);
}

/** Returns the fields after the name, which may contain spaces and brackets; none when the process has exited. */
function statOf(pid: number): readonly ProcessStat[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
    return [{ pid, parent: Number(fields[1]), ticks }];
  } catch {
    return [];
  }
}

import { readdirSync, readFileSync } from "node:fs";

/** The kernel counts in these: 100 a second on every architecture that Linux has (USER_HZ, proc(5)). */
export const TICK_SECONDS = 0.01;

interface ProcessStat {
  readonly pid: number;
  readonly parent: number;
  /** Its own time, and that of its children that have ended. */
  readonly ticks: number;
}

/**
 * The processor time that a process and all its descendants have used so far, those included that have ended, in
 * seconds: of this process, with its servers and their processes, all that a run costs.
 */
export function treeCpuSeconds(root: number): number {
  const stats = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => statOf(Number(name)));
  const inTree = new Set([root]);
  // A child may have a smaller number than its parent, once the numbers have come around.
  for (let size = 0; size < inTree.size; ) {
    size = inTree.size;
    for (const { pid, parent } of stats) if (inTree.has(parent)) inTree.add(pid);
  }
  const ticks = stats.filter(({ pid }) => inTree.has(pid)).map((stat) => stat.ticks);
  return TICK_SECONDS * ticks.reduce((sum, each) => sum + each, 0);
}

/** The fields after the name, which may itself have blanks and brackets; none when the process has ended. */
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

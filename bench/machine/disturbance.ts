import { readFileSync } from "node:fs";
import { TICK_SECONDS, treeCpuSeconds } from "../measure/tree-cpu.ts";

/** Above this share, other processes affect rates and latencies. */
const OTHERS_MAX = 0.05;

/** Share of the cores' time that this run did not get. */
export interface Disturbance {
  /** Used by other processes of this machine. */
  readonly others: number;
  /** Used by other virtual machines (steal). */
  readonly stolen: number;
}

/** Starts to measure. The returned function returns the disturbance since then. */
export function watchDisturbance(): () => Disturbance {
  const start = coreSeconds();
  return () => {
    const now = coreSeconds();
    const total = Math.max(now.total - start.total, TICK_SECONDS);
    const others = now.busy - start.busy - (now.own - start.own);
    return { others: shareOf(others, total), stolen: shareOf(now.stolen - start.stolen, total) };
  };
}

/** Limited to 0 to 1, because the ticks of a process and of the cores are counted at different times. */
function shareOf(part: number, total: number): number {
  return Math.min(Math.max(part / total, 0), 1);
}

/** Returns a warning about a disturbed run. */
export function warningsOf({ others, stolen }: Disturbance): readonly string[] {
  if (others + stolen <= OTHERS_MAX) return [];
  const percent = Math.round(100 * (others + stolen));
  return [
    `Others had ${percent} % of the cores' time: read processor times and bytes, and no rate or latency.`,
  ];
}

/** The first line of /proc/stat (proc(5)): user, nice, system, idle, iowait, irq, softirq, steal. */
function coreSeconds() {
  const [line = ""] = readFileSync("/proc/stat", "utf8").split("\n");
  const seconds = line
    .split(/\s+/)
    .slice(1, 9)
    .map((ticks) => Number(ticks) * TICK_SECONDS);
  const total = seconds.reduce((sum, each) => sum + each, 0);
  const [user = 0, nice = 0, system = 0, , , , , stolen = 0] = seconds;
  // Interrupts belong to no process, and include those of this run's packets.
  return { total, stolen, busy: user + nice + system, own: treeCpuSeconds(process.pid) };
}

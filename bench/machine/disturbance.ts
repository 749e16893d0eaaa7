import { readFileSync } from "node:fs";
import { TICK_SECONDS, treeCpuSeconds } from "../measure/tree-cpu.ts";

/** Above this share of the cores' time, what others did shows in rates and in latencies first. */
const OTHERS_MAX = 0.05;

/** How much of the cores' time went elsewhere. */
export interface Disturbance {
  /** To processes of this machine that are none of this run's. */
  readonly others: number;
  /** To other machines, by the hypervisor. */
  readonly stolen: number;
}

/** Starts to watch; what it answers tells what has gone elsewhere since. */
export function watchDisturbance(): () => Disturbance {
  const start = coreSeconds();
  return () => {
    const now = coreSeconds();
    const total = Math.max(now.total - start.total, TICK_SECONDS);
    const others = now.busy - start.busy - (now.own - start.own);
    return { others: shareOf(others, total), stolen: shareOf(now.stolen - start.stolen, total) };
  };
}

/** Within 0 and 1, though ticks are counted at other moments for a process than for the cores. */
function shareOf(part: number, total: number): number {
  return Math.min(Math.max(part / total, 0), 1);
}

/** What to say of a run that was disturbed; nothing of one that was not. */
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
  // Interrupts belong to no process: those of our own packets must not look like the work of others.
  return { total, stolen, busy: user + nice + system, own: treeCpuSeconds(process.pid) };
}

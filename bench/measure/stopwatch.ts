import { treeCpuSeconds } from "./tree-cpu.ts";

/** What something took. */
export interface Elapsed {
  readonly seconds: number;
  /** Processor time of this process, of both servers and of whatever else it has started. */
  readonly cpuSeconds: number;
}

/** Starts to measure; what it answers tells what has elapsed since. */
export function startStopwatch(): () => Elapsed {
  const startMs = performance.now();
  const startCpuSeconds = treeCpuSeconds(process.pid);
  return () => ({
    seconds: (performance.now() - startMs) / 1_000,
    cpuSeconds: treeCpuSeconds(process.pid) - startCpuSeconds,
  });
}

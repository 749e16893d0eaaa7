import { treeCpuSeconds } from "./tree-cpu.ts";

export interface Elapsed {
  readonly seconds: number;
  /** CPU time of this process, both servers and all other children. */
  readonly cpuSeconds: number;
}

/** Starts to measure. The returned function returns the time since then. */
export function startStopwatch(): () => Elapsed {
  const startMs = performance.now();
  const startCpuSeconds = treeCpuSeconds(process.pid);
  return () => ({
    seconds: (performance.now() - startMs) / 1_000,
    cpuSeconds: treeCpuSeconds(process.pid) - startCpuSeconds,
  });
}

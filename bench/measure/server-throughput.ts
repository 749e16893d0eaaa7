import { acceptedPerSecond, type ClosedLoop } from "../load/wrk.ts";
import { processCpu } from "./process-cpu.ts";

/** Results of a closed loop. */
export interface Throughput {
  readonly accepted: number;
  /** CPU time of the server per request, which is independent of other load on the machine. */
  readonly cpuUs: number;
  /** Share of the time that it waited for its core: the rate means little above some percent. */
  readonly waitedPercent: number;
}

/** Sends requests in a closed loop, and measures the server's CPU time. */
export async function serverThroughput(
  { port, pid }: { readonly port: number; readonly pid: number },
  load: Omit<ClosedLoop, "port">,
): Promise<Throughput> {
  const before = processCpu(pid);
  const accepted = await acceptedPerSecond({ ...load, port });
  const after = processCpu(pid);
  const usedSeconds = after.usedSeconds - before.usedSeconds;
  const waitedSeconds = after.waitedSeconds - before.waitedSeconds;
  return {
    accepted,
    cpuUs: (1e6 * usedSeconds) / (accepted * load.seconds),
    waitedPercent: (100 * waitedSeconds) / load.seconds,
  };
}

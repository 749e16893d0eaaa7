import { acceptedPerSecond } from "../load/wrk.ts";
import { processCpu } from "./process-cpu.ts";

/** What a server did under a closed loop of requests. */
export interface Throughput {
  readonly accepted: number;
  /** Processor time of the server a request: what it costs, however busy the machine is with other things. */
  readonly cpuUs: number;
  /** Share of the time in which it could have run, had its core been free: above some percent the rate says little. */
  readonly waitedPercent: number;
}

/** Sends to a server as fast as it answers, and looks at what that cost it. */
export async function serverThroughput(
  { port, pid }: { readonly port: number; readonly pid: number },
  load: { readonly cores: string; readonly connections: number; readonly seconds: number },
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

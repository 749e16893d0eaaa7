import { readFileSync } from "node:fs";

/** Memory of a process. */
export interface ProcessMemory {
  readonly residentMegabytes: number;
  /** Anonymous part: heaps, stacks, buffers. */
  readonly anonymousMegabytes: number;
}

/** Reads the memory of a process from the kernel (proc_pid_status(5)). */
export function processMemory(pid: number): ProcessMemory {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const megabytes = (name: string) => {
    const [, kilobytes] = new RegExp(`^${name}:\\s*(\\d+) kB$`, "m").exec(status) ?? [];
    return Number(kilobytes) / 1_024;
  };
  return { residentMegabytes: megabytes("VmRSS"), anonymousMegabytes: megabytes("RssAnon") };
}

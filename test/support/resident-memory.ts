import { readFileSync } from "node:fs";

/** Memory that a process holds now, in bytes. */
export function residentBytes(pid: number): number {
  const [, kilobytes = "NaN"] =
    /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kilobytes) * 1_024;
}

/** The most that a process holds, looked at until `work` is done, in bytes. */
export async function peakResidentBytes(pid: number, work: Promise<unknown>): Promise<number> {
  let peak = residentBytes(pid);
  const timer = setInterval(() => {
    peak = Math.max(peak, residentBytes(pid));
  }, 50);
  try {
    await work;
    return Math.max(peak, residentBytes(pid));
  } finally {
    clearInterval(timer);
  }
}

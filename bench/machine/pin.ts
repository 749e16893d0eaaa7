import { readFileSync } from "node:fs";
import { coresOf } from "./placement.ts";

/** The cores that this process may use. */
export function ownCores(): readonly number[] {
  const status = readFileSync("/proc/self/status", "utf8");
  const [, list = "0"] = /^Cpus_allowed_list:\s*(\S+)$/m.exec(status) ?? [];
  return coresOf(list);
}

/** A command that runs on these cores only, with all the threads and processes it starts. */
export function pinned(cores: string, command: readonly string[]): readonly string[] {
  return ["taskset", "-c", cores, ...command];
}

/** Moves running processes, with all their threads, to these cores; those that have ended are passed over. */
export function pin(cores: string, pids: readonly number[]): void {
  for (const pid of pids) Bun.spawnSync(["taskset", "-a", "-c", "-p", cores, String(pid)]);
}

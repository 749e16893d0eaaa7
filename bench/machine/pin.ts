import { readFileSync } from "node:fs";
import { coresOf } from "./placement.ts";

/** Returns the cores that this process may use. */
export function ownCores(): readonly number[] {
  const status = readFileSync("/proc/self/status", "utf8");
  const [, list = "0"] = /^Cpus_allowed_list:\s*(\S+)$/m.exec(status) ?? [];
  return coresOf(list);
}

/** Returns a command that runs on these cores with all its threads and children. */
export function pinned(cores: string, command: readonly string[]): readonly string[] {
  return ["taskset", "-c", cores, ...command];
}

/** Moves running processes and their threads to these cores; skips those that have exited. */
export function pin(cores: string, pids: readonly number[]): void {
  for (const pid of pids) Bun.spawnSync(["taskset", "-a", "-c", "-p", cores, String(pid)]);
}

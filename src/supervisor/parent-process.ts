import { readFileSync } from "node:fs";

const CHECK_INTERVAL_MS = 500;
/** `npx` is a shell and `bun run` above the engine; a longer chain did not start it. */
const ANCESTORS_MAX = 4;

/**
 * Calls back once when the parent, or an `npx` above it, has exited. Both exit on a signal without passing it on, which would
 * leave the engine behind with its port. The shell above does not count: an engine started with `nohup` survives logout.
 */
export function onParentGone(callback: () => void): void {
  const parent = process.ppid;
  const launchers = npxChainOf(parent);
  const timer = setInterval(() => {
    if (process.ppid === parent && launchers.every(isRunning)) return;
    clearInterval(timer);
    callback();
  }, CHECK_INTERVAL_MS);
}

/** Returns the ancestors from `pid` up to an `npx`; none without an `npx` or `/proc`. */
function npxChainOf(pid: number): readonly number[] {
  const chain: number[] = [];
  let current = pid;
  while (current > 1 && chain.length < ANCESTORS_MAX) {
    chain.push(current);
    if (/^(npm exec|npx)\b/.test(procFile(current, "cmdline").replaceAll("\0", " "))) return chain;
    current = Number(/^PPid:\s*(\d+)/m.exec(procFile(current, "status"))?.[1] ?? 0);
  }
  return [];
}

function procFile(pid: number, name: "cmdline" | "status"): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, "utf8");
  } catch {
    return "";
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

import { readFileSync } from "node:fs";

const CHECK_INTERVAL_MS = 500;
/** `npx` is a shell and `bun run` away from the engine; a longer chain was not started by it. */
const ANCESTORS_MAX = 4;

/**
 * Calls back once when the process that started this one is gone: its parent, or an `npx` further up. They
 * die of a signal without passing it on, and the engine would be left behind, with its port. The
 * shell above them does not count: who logs out after `nohup` wants it to go on.
 */
export function onParentGone(callback: () => void): void {
  const parent = process.ppid;
  const launchers = npxChainOf(parent);
  const timer = setInterval(() => {
    if (process.ppid === parent && launchers.every(isAlive)) return;
    clearInterval(timer);
    callback();
  }, CHECK_INTERVAL_MS);
}

/** The ancestors from `pid` up to an `npx`; none where there is no `npx`, or no `/proc` to ask. */
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

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

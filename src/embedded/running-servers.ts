import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from "node:fs";

export interface RunningServer {
  readonly pid: number;
  readonly parent: number;
}

/**
 * Finds servers by program name and working directory, which is never stale, unlike a file with a process id. Only root finds those
 * of other accounts.
 */
export function serversIn(folder: string, names: readonly string[]): readonly RunningServer[] {
  if (!existsSync(folder)) return [];
  return existsSync("/proc/self/cwd") ? fromProc(folder, names) : fromLsof(folder, names);
}

function fromProc(folder: string, names: readonly string[]): readonly RunningServer[] {
  const wanted = statSync(folder);
  return readdirSync("/proc").flatMap((entry) => {
    const pid = Number(entry);
    if (!Number.isInteger(pid)) return [];
    try {
      const cwd = statSync(`/proc/${pid}/cwd`);
      if (cwd.ino !== wanted.ino || cwd.dev !== wanted.dev) return [];
      return parsedStat(readFileSync(`/proc/${pid}/stat`, "utf8"), names);
    } catch {
      // The process exited, or belongs to another account.
      return [];
    }
  });
}

/** Parses `pid (name) state parent …`, see proc_pid_stat(5). */
function parsedStat(stat: string, names: readonly string[]): readonly RunningServer[] {
  const [, pid, name, parent] = /^(\d+) \((.*)\) \S (\d+) /s.exec(stat) ?? [];
  return names.includes(name ?? "") ? [{ pid: Number(pid), parent: Number(parent) }] : [];
}

/** For macOS, which has no /proc. lsof writes a process as lines `p<pid>`, `R<parent>`, `n<folder>`. */
function fromLsof(folder: string, names: readonly string[]): readonly RunningServer[] {
  const chosen = names.flatMap((name) => ["-c", name]);
  const { stdout } = Bun.spawnSync(["lsof", "-w", "-a", "-d", "cwd", "-F", "pRn", ...chosen]);
  const wanted = realpathSync(folder);
  return stdout
    .toString()
    .split(/^p(?=\d)/m)
    .filter((process) => process.split("\n").includes(`n${wanted}`))
    .map((process) => ({
      pid: Number.parseInt(process, 10),
      parent: Number(/^R(\d+)$/m.exec(process)?.[1] ?? 0),
    }));
}

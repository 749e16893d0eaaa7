import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from "node:fs";

/** A process that runs in a folder, and the process that started it. */
export interface RunningServer {
  readonly pid: number;
  readonly parent: number;
}

/**
 * The processes of the programs `names` whose working folder is `folder`, which is where both servers
 * keep their data. Unlike a process id in a file this cannot be out of date, nor missing because the
 * engine died before it wrote. Processes of other accounts are not seen, unless the engine is root.
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
      // It ended meanwhile, or belongs to another account.
      return [];
    }
  });
}

/** `pid (name) state parent …`, as in proc_pid_stat(5). */
function parsedStat(stat: string, names: readonly string[]): readonly RunningServer[] {
  const [, pid, name, parent] = /^(\d+) \((.*)\) \S (\d+) /s.exec(stat) ?? [];
  return names.includes(name ?? "") ? [{ pid: Number(pid), parent: Number(parent) }] : [];
}

/** macOS has no /proc but has lsof, which writes a process as lines `p<pid>`, `R<parent>`, `n<folder>`. */
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

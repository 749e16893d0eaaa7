import { cpus, loadavg, release, totalmem } from "node:os";
import { join } from "node:path";
import type { BenchServers } from "../servers.ts";
import { ownCores } from "./pin.ts";

const ROOT = join(import.meta.dir, "../..");

/** Returns the properties of the machine that figures depend on. */
export function describeMachine(servers: BenchServers): ReadonlyMap<string, string> {
  return new Map([
    ["date", new Date().toISOString().slice(0, 16).replace("T", " ")],
    ["commit", commitOf(ROOT)],
    ["CPU", cpus()[0]?.model.trim() ?? "unknown"],
    ["cores", String(ownCores().length)],
    ["memory", `${Math.round(totalmem() / 2 ** 30)} GB`],
    ["kernel", release()],
    ["Bun", Bun.version],
    ["Node", outputOf(["node", "--version"])],
    ["Redis", servers.redisVersion],
    ["PostgreSQL", servers.postgresVersion],
    ["wrk", (/wrk (\S+)/.exec(outputOf(["wrk", "--version"])) ?? [])[1] ?? "unknown"],
    ["load before", loadBefore],
  ]);
}

/** Load by other processes in the minute before the bench; below 0.2 on a quiet machine. */
const loadBefore = (loadavg()[0] ?? 0).toFixed(2);

/** Returns the commit of a checkout, and whether files differ from it; "unknown" when it is no repository. */
export function commitOf(dir: string): string {
  const git = (...args: readonly string[]) => Bun.spawnSync(["git", "-C", dir, ...args]);
  const head = git("rev-parse", "--short", "HEAD");
  if (!head.success) return "unknown";
  const { stdout } = git("status", "--porcelain", "--untracked-files=no");
  return head.stdout.toString().trim() + (stdout.length === 0 ? "" : ", with changes");
}

function outputOf(cmd: readonly string[]): string {
  const { stdout, stderr } = Bun.spawnSync([...cmd]);
  return `${stdout.toString()}${stderr.toString()}`.trim();
}

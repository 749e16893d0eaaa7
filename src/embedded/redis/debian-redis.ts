import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Log } from "../../log/log.ts";
import { runCommand } from "../run-command.ts";
import { aptDownload, aptInstall, aptUpdate } from "./apt.ts";
import { withoutServiceStart } from "./debian-service.ts";

const PACKAGE = "redis-server";
const SYSTEM_LISTS = "/var/lib/apt/lists";
const SYSTEM_STATUS = "/var/lib/dpkg/status";

export interface Progress {
  readonly log: Log;
  readonly signal: AbortSignal;
}

/**
 * Installs the package system-wide, which requires root.
 *
 * @throws QueueFlowError `embedded_server_failed` with the output of apt-get.
 */
export async function installDebianRedis(progress: Progress): Promise<void> {
  progress.log.info({}, "Redis not found; installing Debian's package, with its service disabled");
  await withoutServiceStart(PACKAGE, async () => {
    await orAfterUpdate(progress.signal, {
      attempt: async () => await aptInstall(PACKAGE, progress),
      update: async () => await aptUpdate(progress),
    });
  });
}

/**
 * Unpacks the package and what it needs into the empty folder `root`, without root's rights. `work` is for apt's files.
 *
 * @throws QueueFlowError `embedded_server_failed` with the output of apt-get or dpkg-deb.
 */
export async function unpackDebianRedis(
  { root, work }: { readonly root: string; readonly work: string },
  progress: Progress,
): Promise<void> {
  const archives = join(work, "cache/archives");
  const ownLists = join(work, "lists");
  for (const folder of [join(ownLists, "partial"), join(archives, "partial")]) {
    mkdirSync(folder, { recursive: true });
  }
  const status = join(work, "status");
  writeFileSync(status, withoutRedis(readFileSync(SYSTEM_STATUS, "utf8")));
  const apt = (lists: string) => ({
    ...progress,
    settings: {
      "Dir::State": work,
      "Dir::State::lists": lists,
      "Dir::State::status": status,
      "Dir::Cache": join(work, "cache"),
      "Acquire::Languages": "none",
      "Debug::NoLocking": "true",
    },
  });
  let lists = SYSTEM_LISTS;
  await orAfterUpdate(progress.signal, {
    attempt: async () => await aptDownload(PACKAGE, apt(lists)),
    async update() {
      lists = ownLists;
      await aptUpdate(apt(lists));
    },
  });
  const packages = readdirSync(archives).filter((name) => name.endsWith(".deb"));
  for (const name of packages) {
    await runCommand(["dpkg-deb", "-x", join(archives, name), root], { signal: progress.signal });
  }
}

/**
 * The program of `redis-server` is a link to one of `redis-tools`, which apt would leave out where it is installed already. So apt
 * sees a system without both.
 */
export function withoutRedis(status: string): string {
  const entries = status.split(/\n\n+/);
  return entries.filter((entry) => !/^Package: redis/m.test(entry)).join("\n\n");
}

/** Missing or outdated package lists fail the first attempt. */
async function orAfterUpdate(
  signal: AbortSignal,
  { attempt, update }: { attempt: () => Promise<void>; update: () => Promise<void> },
): Promise<void> {
  try {
    await attempt();
  } catch {
    signal.throwIfAborted();
    await update();
    await attempt();
  }
}

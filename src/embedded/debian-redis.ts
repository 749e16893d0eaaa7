import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Log } from "../log/log.ts";
import { withoutServiceStart } from "./debian-service.ts";
import { runCommand } from "./run-command.ts";

/** apt asks no questions, and speaks the language its errors are quoted in. */
const APT_GET = ["env", "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C", "apt-get", "-y", "-q"];

/** Where to tell what is done, and what ends it early. */
export interface Progress {
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** Whether Debian's packages can be had on this system. */
export function hasApt(): boolean {
  return Bun.which("apt-get") !== null && Bun.which("dpkg-deb") !== null;
}

/** The Redis that `unpackDebianRedis` put into the data folder, or undefined. */
export function unpackedRedis(dataDir: string) {
  const root = join(dataDir, "redis-dist");
  if (!existsSync(root)) return undefined;
  const libraries = readdirSync(join(root, "usr/lib")).filter((name) =>
    name.includes("-linux-gnu"),
  );
  const folders = libraries.map((name) => join(root, "usr/lib", name));
  return {
    path: join(root, "usr/bin/redis-server"),
    env: { LD_LIBRARY_PATH: folders.join(":") },
  };
}

/**
 * Installs Debian's redis-server for the whole system; the engine must be root. Its service is
 * neither started nor enabled: the engine runs the program itself. The signal does not cut the
 * installation short, which would leave the system's packages half configured.
 *
 * @throws QueueFlowError `embedded_server_failed` with what apt-get says.
 */
export async function installDebianRedis({ log, signal }: Progress): Promise<void> {
  log.info(
    {},
    "There is no Redis here: installing Debian's redis-server package, its service left off",
  );
  await withoutServiceStart("redis-server", async () => {
    const install = [...APT_GET, "install", "--no-install-recommends", "redis-server"];
    try {
      await runCommand(install);
    } catch {
      // Without package lists, or with old ones, the first attempt fails; the second tells why.
      await runCommand([...APT_GET, "update"], { signal });
      await runCommand(install);
    }
  });
}

/**
 * Unpacks Debian's redis-server, with the libraries that this system lacks, into the data folder; it
 * needs no rights. apt works on lists and a cache of its own, and still checks every signature.
 *
 * @throws QueueFlowError `embedded_server_failed` with what apt-get or dpkg-deb says.
 */
export async function unpackDebianRedis(dataDir: string, { log, signal }: Progress): Promise<void> {
  log.info(
    { dataDir },
    "There is no Redis here: unpacking Debian's redis-server package into the data folder",
  );
  const work = join(dataDir, "redis-dist.new");
  rmSync(work, { recursive: true, force: true });
  try {
    const packages = await downloadPackages(work, signal);
    const root = join(work, "root");
    for (const path of packages) await runCommand(["dpkg-deb", "-x", path, root], { signal });
    renameSync(root, join(dataDir, "redis-dist"));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Downloads redis-server and what it depends on and the system lacks; returns the packages' paths. */
async function downloadPackages(work: string, signal: AbortSignal): Promise<readonly string[]> {
  const archives = join(work, "cache/archives");
  for (const folder of [join(work, "lists/partial"), join(archives, "partial")]) {
    mkdirSync(folder, { recursive: true });
  }
  const settings = {
    "Dir::State": work,
    "Dir::State::lists": join(work, "lists"),
    "Dir::State::status": "/var/lib/dpkg/status",
    "Dir::Cache": join(work, "cache"),
    "Debug::NoLocking": "true",
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
  await runCommand([...APT_GET, ...options, "update"], { signal });
  const download = ["install", "--download-only", "--no-install-recommends", "redis-server"];
  await runCommand([...APT_GET, ...options, ...download], { signal });
  return readdirSync(archives)
    .filter((name) => name.endsWith(".deb"))
    .map((name) => join(archives, name));
}

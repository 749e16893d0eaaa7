import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Log } from "../../log/log.ts";
import { runCommand } from "../run-command.ts";
import { withoutServiceStart } from "./debian-service.ts";

const APT_GET = ["env", "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C", "apt-get", "-y", "-q"];

export interface Progress {
  readonly log: Log;
  readonly signal: AbortSignal;
}

export function hasApt(): boolean {
  return Bun.which("apt-get") !== null && Bun.which("dpkg-deb") !== null;
}

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
 * Installs the package system-wide, which requires root. The signal does not interrupt the installation itself, which would leave
 * packages half configured.
 *
 * @throws QueueFlowError `embedded_server_failed` with the output of apt-get.
 */
export async function installDebianRedis({ log, signal }: Progress): Promise<void> {
  log.info(
    {},
    "Redis not found; installing Debian's redis-server package with its service disabled",
  );
  await withoutServiceStart("redis-server", async () => {
    const install = [...APT_GET, "install", "--no-install-recommends", "redis-server"];
    try {
      await runCommand(install);
    } catch {
      // Missing or outdated package lists fail the first attempt.
      await runCommand([...APT_GET, "update"], { signal });
      await runCommand(install);
    }
  });
}

/**
 * Unpacks the package and its missing dependencies, without root. apt uses separate lists and a separate cache, and still verifies
 * every signature.
 *
 * @throws QueueFlowError `embedded_server_failed` with the output of apt-get or dpkg-deb.
 */
export async function unpackDebianRedis(dataDir: string, { log, signal }: Progress): Promise<void> {
  log.info(
    { dataDir },
    "Redis not found; unpacking Debian's redis-server package into the data folder",
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

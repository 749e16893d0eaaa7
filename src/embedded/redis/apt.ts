import { QueueFlowError } from "../../errors.ts";
import type { Log } from "../../log/log.ts";
import { runCommand } from "../run-command.ts";

export interface Apt {
  /** See apt.conf(5). */
  readonly settings?: Readonly<Record<string, string>>;
  readonly log: Log;
  /** Interrupts downloads, and no installation, which would leave packages half configured. */
  readonly signal: AbortSignal;
}

export function hasApt(): boolean {
  return Bun.which("apt-get") !== null && Bun.which("dpkg-deb") !== null;
}

/** Installs the package. @throws QueueFlowError `embedded_server_failed` with the output of apt-get. */
export async function aptInstall(name: string, apt: Omit<Apt, "settings">): Promise<void> {
  await logDownloads(name, apt);
  await aptGet(installArgs(name), {});
}

/**
 * Downloads the package and what it needs to apt's cache. apt verifies the signature of the lists, and each package by its hash.
 *
 * @throws QueueFlowError `embedded_server_failed` with the output of apt-get.
 */
export async function aptDownload(name: string, apt: Apt): Promise<void> {
  await logDownloads(name, apt);
  await aptGet([...installArgs(name), "--download-only"], apt);
}

/** @throws QueueFlowError `embedded_server_failed` when no list can be downloaded. */
export async function aptUpdate(apt: Apt): Promise<void> {
  apt.log.info({}, "Downloading Debian's package lists");
  const output = await aptGet(["update"], apt);
  if (!/^(Get|Hit):/m.test(output)) {
    // apt-get counts this as a success.
    const failure = /^Err:.*\n.*/m.exec(output)?.[0] ?? output;
    const sentence = `apt-get update found no package list: ${failure}`;
    throw new QueueFlowError("embedded_server_failed", sentence);
  }
  const fetched = /^Fetched ([\d,.]+ \w+)/m.exec(output)?.[1];
  apt.log.info({ fetched }, "Debian's package lists downloaded");
}

async function logDownloads(name: string, apt: Apt): Promise<void> {
  const files = aptFiles(await aptGet([...installArgs(name), "--print-uris"], apt));
  const kilobytes = Math.ceil(files.reduce((sum, { bytes }) => sum + bytes, 0) / 1_000);
  const packages = files.map((file) => file.name);
  apt.log.info({ packages, kilobytes }, "Downloading Debian packages");
}

/** Parses lines such as `'http://…' name_version_architecture.deb bytes hash`. */
export function aptFiles(listed: string): readonly { name: string; bytes: number }[] {
  const files = listed.matchAll(/^'\S+' ([^\s_]+)_\S+ (\d+)/gm);
  return Array.from(files, ([, name = "", bytes]) => ({ name, bytes: Number(bytes) }));
}

function installArgs(name: string): readonly string[] {
  return ["install", "--no-install-recommends", name];
}

async function aptGet(
  args: readonly string[],
  { settings = {}, signal }: Partial<Pick<Apt, "settings" | "signal">>,
): Promise<string> {
  const options = Object.entries(settings).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
  const program = ["env", "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C", "apt-get", "-y", "-q"];
  return await runCommand([...program, ...options, ...args], {
    name: `apt-get ${args.join(" ")}`,
    ...(signal === undefined ? {} : { signal }),
  });
}

import { withoutServiceStart } from "../../src/embedded/redis/debian-service.ts";

/** A program that tests need and that no npm package provides. */
export interface DebianProgram {
  /** Names on the PATH; the first one found is used. */
  readonly names: readonly string[];
  /** Debian's package. */
  readonly package: string;
  /** The package's service, which the installation neither starts nor enables. */
  readonly service?: string;
}

/**
 * Returns the path of a program. As root, installs Debian's package if the program is not on the PATH.
 *
 * @throws Error that names the package to install.
 */
export async function debianProgram(program: DebianProgram): Promise<string> {
  return findProgram(program) ?? (await installProgram(program));
}

function findProgram({ names }: DebianProgram): string | undefined {
  return names.map((name) => Bun.which(name)).find((path) => path !== null) ?? undefined;
}

async function installProgram(program: DebianProgram): Promise<string> {
  if (process.getuid?.() === 0 && Bun.which("apt-get") !== null) {
    if (program.service === undefined) await installPackage(program);
    else await withoutServiceStart(program.service, async () => await installPackage(program));
    const installed = findProgram(program);
    if (installed !== undefined) return installed;
  }
  const names = program.names.join(" or ");
  throw new Error(`These tests need ${names} on the PATH: Debian's package ${program.package}`);
}

async function installPackage(program: DebianProgram): Promise<void> {
  await run(["apt-get", "update"]);
  await run(["apt-get", "install", "--yes", "--no-install-recommends", program.package]);
}

async function run(command: readonly string[]): Promise<void> {
  const child = Bun.spawn([...command], {
    env: { PATH: Bun.env["PATH"] ?? "", DEBIAN_FRONTEND: "noninteractive" },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const [errors, exitCode] = await Promise.all([new Response(child.stderr).text(), child.exited]);
  if (exitCode !== 0) throw new Error(`${command.join(" ")} failed: ${errors}`);
}

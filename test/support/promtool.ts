import { debianProgram } from "./debian-program.ts";

export const PROMTOOL = { names: ["promtool"], package: "prometheus", service: "prometheus" };
/** For installing it. */
export const PROMTOOL_MS_MAX = 300_000;

export interface PromtoolResult {
  readonly exitCode: number;
  /** Stdout and stderr. */
  readonly output: string;
}

/**
 * Runs the promtool on the PATH. As root, installs Debian's if there is none.
 *
 * @throws Error that names the package to install.
 */
export async function promtool(args: readonly string[], stdin = ""): Promise<PromtoolResult> {
  const path = await debianProgram(PROMTOOL);
  const child = Bun.spawn([path, ...args], {
    stdin: Buffer.from(stdin),
    stdout: "pipe",
    stderr: "pipe",
  });
  const [output, errors, exitCode] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { exitCode, output: output + errors };
}

import { debianProgram } from "./debian-program.ts";

export const PROMTOOL = { names: ["promtool"], package: "prometheus", service: "prometheus" };
/** How long installing it may take, in milliseconds. */
export const PROMTOOL_MS_MAX = 300_000;

/** What a run of it came to. */
export interface PromtoolResult {
  readonly exitCode: number;
  /** All that it wrote. */
  readonly output: string;
}

/**
 * Runs Prometheus's own checker: the one on the PATH, or Debian's, installed now, when this is root.
 *
 * @throws Error that says what to install, when there is none.
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

import { loadavg } from "node:os";
import type { TestRun } from "./test-runs.ts";

export const BUN_TEST = [process.execPath, "test", "--timeout", "120000"];

export interface RunResult {
  /** The file, or the title of several. */
  readonly name: string;
  readonly exitCode: number;
  readonly pass: number;
  readonly fail: number;
  /** The lines of the tests that failed. */
  readonly failures: readonly string[];
  readonly tookMs: number;
  /** Processes that ran or waited for a CPU in the last minute, on average. */
  readonly load: number;
}

const children = new Set<Bun.Subprocess>();

process.once("SIGTERM", () => {
  for (const child of children) child.kill("SIGTERM");
  process.exit(128 + 15);
});

/** Runs test files in a process, and prints its output when it has exited. */
export async function runTests(
  { files, title, env }: TestRun,
  variables: Readonly<Record<string, string>>,
): Promise<RunResult> {
  const paths = files.map((file) => `./${file}`);
  const startMs = performance.now();
  // One stream for both, so that a failure is printed after its test.
  const command = ["sh", "-c", 'exec "$@" 2>&1', "sh", ...BUN_TEST, ...paths];
  const child = Bun.spawn(command, {
    env: { ...Bun.env, ...variables, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.add(child);
  const [output, exitCode] = await Promise.all([new Response(child.stdout).text(), child.exited]);
  children.delete(child);
  process.stdout.write(title === undefined ? output : `\n${title}\n${output}`);
  return {
    name: title?.replace(/:$/, "") ?? files.join(" "),
    exitCode,
    pass: lastCount(output, "pass"),
    fail: lastCount(output, "fail"),
    // `bun test` prints them once more at the end of many files.
    failures: [...new Set(output.split("\n").filter((line) => line.startsWith("(fail) ")))],
    tookMs: performance.now() - startMs,
    load: loadavg()[0] ?? 0,
  };
}

/** Returns a number of the summary that `bun test` prints last. */
function lastCount(output: string, word: string): number {
  return Number([...output.matchAll(new RegExp(`^ *(\\d+) ${word}$`, "gm"))].at(-1)?.[1] ?? 0);
}

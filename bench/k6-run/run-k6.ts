import { join } from "node:path";

const FOLDER = join(import.meta.dir, "../k6");

/** In the order of `--all`. */
export const SCRIPTS = [
  "ingest-latency",
  "ingest-stress",
  "spike",
  "mixed",
  "stats-read",
  "retry",
  "backfill",
  "soak",
] as const;

export type ScriptName = (typeof SCRIPTS)[number];

/** k6 exits with it when a threshold was crossed. */
export const LIMITS_EXCEEDED = 99;

export interface K6Run {
  readonly k6: string;
  readonly script: ScriptName;
  readonly args?: readonly string[];
  /** Added to the environment of this process. */
  readonly env?: Readonly<Record<string, string>>;
}

export function isScript(name: string): name is ScriptName {
  return SCRIPTS.some((known) => known === name);
}

/** Runs a script with the output of this process. Returns k6's exit code. */
export async function runK6({ k6, script, args = [], env }: K6Run): Promise<number> {
  const child = Bun.spawn([k6, "run", ...args, join(FOLDER, `${script}.ts`)], {
    // Without it, k6 sends usage statistics to its makers.
    env: { K6_NO_USAGE_REPORT: "true", ...Bun.env, ...env },
    stdio: ["inherit", "inherit", "inherit"],
  });
  // k6 gets the signal of a terminal too, and prints its summary: wait for it.
  process.on("SIGINT", ignore);
  const exitCode = await child.exited;
  process.off("SIGINT", ignore);
  return exitCode;
}

function ignore(): void {}

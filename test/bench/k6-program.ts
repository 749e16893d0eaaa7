import { existsSync } from "node:fs";
import { join } from "node:path";
import { findK6 } from "../../bench/k6-run/find-k6.ts";
import type { ScriptName } from "../../bench/k6-run/run-k6.ts";

const ROOT = join(import.meta.dir, "../..");
const BESIDE_PROJECT = join(ROOT, "../shared/bin/k6");

/** The k6 that `K6_BIN` names, on the PATH, or beside the project. */
export const K6 = findK6() ?? (existsSync(BESIDE_PROJECT) ? BESIDE_PROJECT : undefined);

if (K6 === undefined) {
  console.log("SKIPPED: the load tests, because K6_BIN names no k6 and none is on the PATH");
}

export interface K6Run {
  readonly exitCode: number;
  /** The table and the reasons. */
  readonly report: string;
  readonly log: string;
}

/** Runs of this process at a time. They mostly wait; more would take each other's CPU time. */
const RUNS_MAX = 6;
const slots = Array.from({ length: RUNS_MAX }, () => Promise.resolve());
let runs = 0;

/** Runs a script with nothing in its environment but `env`. */
export async function k6Run(
  script: ScriptName,
  env: Readonly<Record<string, string>>,
): Promise<K6Run> {
  const slot = runs++ % RUNS_MAX;
  const run = (slots[slot] ?? Promise.resolve()).then(async () => await runNow(script, env));
  slots[slot] = run.then(ignore, ignore);
  return await run;
}

async function runNow(script: ScriptName, env: Readonly<Record<string, string>>): Promise<K6Run> {
  const child = Bun.spawn([K6 ?? "k6", "run", "--quiet", join(ROOT, `bench/k6/${script}.ts`)], {
    env: { K6_NO_USAGE_REPORT: "true", HOME: "/nonexistent", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [report, log, exitCode] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { exitCode, report, log };
}

function ignore(): void {}

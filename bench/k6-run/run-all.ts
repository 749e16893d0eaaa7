import { cpus, loadavg, totalmem } from "node:os";
import { join } from "node:path";
import { emptyFolder, startEngine } from "../../test/support/engine.ts";
import type { Result } from "../k6/result.ts";
import { ownCores } from "../machine/pin.ts";
import { LIMITS_EXCEEDED, runK6, SCRIPTS } from "./run-k6.ts";
import { slaTable, withSla } from "./sla-table.ts";

const DOCUMENT = join(import.meta.dir, "../../docs/benchmarks.md");

/** By other processes in the minute before the run. */
const loadBefore = (loadavg()[0] ?? 0).toFixed(1);

/** Instead of an hour. */
const SOAK_DURATION = "1m";

/**
 * Runs every script against the engine at `TARGET`, or a new one with its own servers in a temporary folder, and writes the table
 * of docs/benchmarks.md. Returns the exit code: of the first script that could not run, or 99 if one exceeded a limit, except for
 * `ingest-stress`, which raises the rate until it does.
 */
export async function runAll(k6: string): Promise<number> {
  const target = Bun.env["TARGET"];
  if (target) return await runAgainst(k6, target);
  await using engine = await startEngine();
  return await runAgainst(k6, engine.url);
}

async function runAgainst(k6: string, target: string): Promise<number> {
  const results: Result[] = [];
  let exceeded = false;
  for (const script of SCRIPTS) {
    const file = join(emptyFolder(), "result.json");
    const env = { TARGET: target, RESULT_FILE: file, ...durationOf(script) };
    const exitCode = await runK6({ k6, script, args: ["--quiet"], env });
    if (exitCode !== 0 && exitCode !== LIMITS_EXCEEDED) return exitCode;
    exceeded ||= exitCode !== 0 && script !== "ingest-stress";
    results.push(await Bun.file(file).json());
  }
  const text = `${slaTable(results)}\n\n${machineOf(k6)}`;
  await Bun.write(DOCUMENT, withSla(await Bun.file(DOCUMENT).text(), text));
  console.log(`\n${text}`);
  return exceeded ? LIMITS_EXCEEDED : 0;
}

function durationOf(script: string): Readonly<Record<string, string>> {
  return script === "soak" && !Bun.env["DURATION"] ? { DURATION: SOAK_DURATION } : {};
}

/** The engine and k6 share it unless `TARGET` is another machine. */
function machineOf(k6: string): string {
  const version = Bun.spawnSync([k6, "version"]).stdout.toString().split(" ").slice(0, 2).join(" ");
  const cores = ownCores().length;
  const memory = Math.round(totalmem() / 2 ** 30);
  const day = new Date().toISOString().slice(0, 10);
  const cpu = cpus()[0]?.model.trim() ?? "unknown CPU";
  return `${day}, ${version}, ${cpu}, ${cores} cores, ${memory} GB of memory, load before the run ${loadBefore}.`;
}

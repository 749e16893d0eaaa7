import { errorText } from "../src/errors.ts";
import { type Checkout, openCheckout } from "./against/checkout.ts";
import type { Bench } from "./bench.ts";
import { COMPARISONS, FIGURES, figuresAgainst } from "./figures.ts";
import { describeMachine } from "./machine/describe-machine.ts";
import { warningsOf, watchDisturbance } from "./machine/disturbance.ts";
import { ownCores } from "./machine/pin.ts";
import { placementOn, wholeMachine } from "./machine/placement.ts";
import { requireTools } from "./machine/require-tools.ts";
import { type BenchArguments, readArguments } from "./read-arguments.ts";
import type { Finding } from "./report/finding.ts";
import { keepRun, runSection } from "./report/results-file.ts";
import { startServers } from "./servers.ts";

/**
 * `bun run bench [FIGURE…] [OPTIONS]`: measures the named figures, or all, and prints the table. The engines and the baselines
 * run in their own processes. A figure that fails is reported, and the others continue.
 */
const USAGE = `Usage: bun run bench [-- FIGURE... [OPTIONS]]

Figures, all unless some are named: ${[...FIGURES.keys()].join(", ")}

  --pairs N     how often each side is measured (5)
  --seconds N   how long one measurement takes (8)
  --minutes N   how long memory is watched (10)
  --entries N   what a drain starts with (300000)
  --millions N  rows of the database whose days are read (20)
  --sites N     sites of the rows that reports read (1000)
  --against DIR measure the engine of another checkout instead of the baselines:
                only ${[...COMPARISONS.keys()].join(" and ")}
  --keep DIR    keep the databases of reports in a folder, and read those that are there
  --write       keep the table in bench/RESULTS.md`;

const asked = readArgumentsOrExit();
const { other } = asked;
const cores = ownCores();
const placement = { thread: placementOn(cores), machine: wholeMachine(cores) };
const findings: Finding[] = [];
const notes: string[] = [];
await using servers = await startServers(asked.keep);
const machine = new Map(describeMachine(servers));
if (other !== undefined) machine.set("against commit", other.commit);
const disturbance = watchDisturbance();
let failed = false;

for (const [name, figure] of other === undefined ? FIGURES : figuresAgainst(other)) {
  if (!asked.names.includes(name)) continue;
  const say = (line: string): void => console.error(`${name}: ${line}`);
  const bench: Bench = { servers, options: asked.options, placement, say };
  say("starting");
  try {
    findings.push(...(await figure(bench)));
  } catch (error) {
    failed = true;
    notes.push(`${name} could not be measured: ${errorText(error)}`);
    say(errorText(error));
  }
}

const { others, stolen } = disturbance();
machine.set("used by others", `${(100 * others).toFixed(1)} %`);
machine.set("stolen by other machines", `${(100 * stolen).toFixed(1)} %`);
notes.push(...warningsOf({ others, stolen }));
const run = { command: `bun run bench ${asked.text}`.trim(), machine, findings, notes };
console.log(runSection(run));
if (asked.write) await keepRun(run);
if (failed) process.exitCode = 1;

/** Prints the usage on request. Exits with 2 and a message when the arguments or the machine do not allow the measurement. */
function readArgumentsOrExit(): BenchArguments & { readonly other: Checkout | undefined } {
  if (Bun.argv.includes("--help")) {
    console.log(USAGE);
    process.exit(0);
  }
  try {
    requireTools();
    const known = { figures: [...FIGURES.keys()], comparisons: [...COMPARISONS.keys()] };
    const read = readArguments(Bun.argv.slice(2), known);
    const checkout = read.against === undefined ? undefined : openCheckout(read.against);
    return { ...read, other: checkout };
  } catch (error) {
    console.error(errorText(error));
    process.exit(2);
  }
}

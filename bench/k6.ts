import { findK6, K6_MISSING } from "./k6-run/find-k6.ts";
import { runAll } from "./k6-run/run-all.ts";
import { isScript, runK6, SCRIPTS } from "./k6-run/run-k6.ts";

/**
 * `bun run bench:k6 NAME [ARGUMENT OF K6]…` runs a script of `bench/k6`; its settings are in the environment. `bun run bench:k6
 * --all` runs all of them.
 */
const USAGE = `Usage: bun run bench:k6 ${SCRIPTS.join("|")} [ARGUMENT OF K6]...
       bun run bench:k6 --all`;

const [name = "", ...args] = Bun.argv.slice(2);
const k6 = findK6();
if (name === "--help") {
  console.log(USAGE);
} else if (name !== "--all" && !isScript(name)) {
  console.error(USAGE);
  process.exitCode = 2;
} else if (k6 === undefined) {
  console.error(K6_MISSING);
  process.exitCode = 1;
} else {
  process.exitCode = isScript(name) ? await runK6({ k6, script: name, args }) : await runAll(k6);
}

import { warningsOf, watchDisturbance } from "../machine/disturbance.ts";
import { CHECKS, checkModel, checkTable } from "./check.ts";
import { scalingTables } from "./tables.ts";

/**
 * `bun run bench:model`: prints the tables of docs/scaling.md. With `--check`, measures what an event costs here over 1, 2 and 4
 * shards with a database each, or over the numbers that follow, and prints it beside what the model predicts.
 */
const [option, ...counts] = Bun.argv.slice(2);
const known = new Set(CHECKS.map(({ shards }) => String(shards)));
if (option === undefined) console.log(scalingTables().join("\n\n"));
else if (option === "--check" && counts.every((count) => known.has(count))) await check();
else {
  const expected = `no option, or --check with numbers out of ${[...known].join(", ")}`;
  console.error(`Expected ${expected}, got ${Bun.argv.slice(2).join(" ")}`);
  process.exitCode = 2;
}

/** Prints each table when it is measured. */
async function check(): Promise<void> {
  const disturbance = watchDisturbance();
  for (const each of CHECKS) {
    if (counts.length > 0 && !counts.includes(String(each.shards))) continue;
    console.log(`${checkTable(await checkModel(each))}\n`);
  }
  for (const warning of warningsOf(disturbance())) console.log(warning);
}

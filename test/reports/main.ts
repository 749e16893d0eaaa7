import { parseArgs } from "node:util";
import { functionEngine } from "../support/reports/function-engine.ts";
import { checkRandomReports } from "../support/reports/random-reports.ts";
import { stopTestServers } from "../support/servers.ts";
import { openTestDatabase } from "../support/test-database.ts";

/**
 * `bun run test:reports --seed N --queries M`: compares random reports with SQL over the raw rows. Exits with 1 at the first
 * difference, and prints the seed that repeats it and a minimal case.
 */
const { values } = parseArgs({
  args: Bun.argv.slice(2),
  options: {
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    queries: { type: "string", default: "10000" },
  },
});
const seed = Number(values.seed);
const queries = Number(values.queries);
if (!Number.isInteger(seed) || !Number.isInteger(queries) || queries < 1) {
  console.error("usage: bun run test:reports [--seed <integer>] [--queries <integer>]");
  process.exit(2);
}
process.exitCode = await run();
await stopTestServers();

async function run(): Promise<number> {
  await using given = await openTestDatabase();
  await using engine = await functionEngine(given.url, given.database);
  try {
    await checkRandomReports({ ...given, engine }, { seed, queries, say: console.log });
    return 0;
  } catch (error) {
    console.log(error instanceof Error ? error.message : error);
    return 1;
  }
}

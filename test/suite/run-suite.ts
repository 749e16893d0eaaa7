import { BUNDLE_VARIABLE } from "../support/engine.ts";
import { TEMPLATE_VARIABLE } from "../support/postgres-template.ts";
import { SERVER_VARIABLES, startServers } from "../support/servers.ts";
import { makeTemplate } from "../support/test-database.ts";
import { WORKER_VARIABLE, WORKERS } from "../support/test-port.ts";
import { bundleEngine } from "./bundle-engine.ts";
import { installPrograms } from "./install-programs.ts";
import { type RunResult, runTests } from "./run-tests.ts";
import { summary } from "./summary.ts";
import { testRuns } from "./test-runs.ts";

/**
 * Runs all tests in `WORKERS` processes at a time, since most of the time they wait. Each worker has a Redis and a PostgreSQL,
 * on which it runs one file after the other. Prints the output of a file when it ends, and the summary last.
 *
 * @returns the exit code.
 */
export async function runSuite(): Promise<number> {
  await installPrograms();
  Bun.env[TEMPLATE_VARIABLE] = await createTemplate();
  Bun.env[BUNDLE_VARIABLE] = await bundleEngine();
  const runs = [...testRuns()];
  const results: RunResult[] = [];

  async function work(worker: number): Promise<void> {
    await using servers = await startServers({ redis: true, postgres: "newest" });
    const shared = {
      [SERVER_VARIABLES.redisUrl]: servers.redisUrl,
      [SERVER_VARIABLES.databaseUrl]: servers.databaseUrl,
    };
    for (let run = runs.shift(); run !== undefined; run = runs.shift()) {
      const variables = run.servers === "shared" ? shared : {};
      results.push(await runTests(run, { ...variables, [WORKER_VARIABLE]: String(worker) }));
    }
  }
  await Promise.all(Array.from({ length: WORKERS }, async (_, worker) => await work(worker)));
  // `console.log` would overtake output that a slow pipe has not taken.
  process.stdout.write(summary(results));
  return Math.max(...results.map(({ exitCode }) => exitCode));
}

/** Returns the data folder of a stopped PostgreSQL whose cluster contains the template of test databases. */
async function createTemplate(): Promise<string> {
  await using servers = await startServers({ postgres: "newest" });
  await makeTemplate(servers.databaseUrl);
  return servers.dataDir;
}

import { runSuite } from "./suite/run-suite.ts";
import { BUN_TEST } from "./suite/run-tests.ts";

/** `bun run test [FILE…]`: runs all tests, or the given files. */
const files = Bun.argv.slice(2);
// `process.exit` would cut off output that a pipe has not taken.
process.exitCode = files.length > 0 ? await runFiles(files) : await runSuite();

async function runFiles(paths: readonly string[]): Promise<number> {
  return await Bun.spawn([...BUN_TEST, ...paths], { stdio: ["inherit", "inherit", "inherit"] })
    .exited;
}

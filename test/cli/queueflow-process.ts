import { runCli } from "../../src/cli/run-cli.ts";

// What `spawnQueueflow` runs: the command line with a stand-in for the engine.
process.exitCode = await runCli(Bun.argv.slice(2), {
  serve: async () => {
    process.stdout.write("the engine runs\n");
  },
});

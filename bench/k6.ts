import { join } from "node:path";

/**
 * `bun run bench:k6 NAME […]`: runs a script of `bench/k6` with the k6 on the PATH and passes the other arguments to it. The
 * environment contains the settings of the script.
 */
const FOLDER = join(import.meta.dir, "k6");
const SCRIPTS = ["ingest-latency", "ingest-stress", "spike", "soak", "stats-read", "mixed"];

const [name = "", ...rest] = Bun.argv.slice(2);
const k6 = Bun.which("k6");
if (!SCRIPTS.includes(name)) {
  console.error(`usage: bun run bench:k6 ${SCRIPTS.join("|")} [argument of k6]...`);
  process.exitCode = 2;
} else if (k6 === null) {
  console.error(
    "There is no k6 on the PATH. Get 0.57 or newer from https://grafana.com/docs/k6/latest/set-up/install-k6/ " +
      `(macOS: brew install k6), or run it in a container: docker compose run --rm k6 run ${name}.ts`,
  );
  process.exitCode = 1;
} else {
  const command = [k6, "run", ...rest, join(FOLDER, `${name}.ts`)];
  const child = Bun.spawn(command, { stdio: ["inherit", "inherit", "inherit"] });
  // k6 gets the signal of a terminal too, and prints its summary: wait for it.
  process.on("SIGINT", () => undefined);
  process.exitCode = await child.exited;
}

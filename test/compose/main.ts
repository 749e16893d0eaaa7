import { NAME_VARIABLE } from "./container-name.ts";
import { docker, dockerProblem } from "./docker.ts";
import { removeAll } from "./remove-all.ts";

/**
 * `bun run test:compose`: tests the images and docker-compose.yml with the Docker engine of the `docker` command. Skips them when
 * there is none. Everything it creates has a name of its own, and is removed at the end, however the tests end.
 */
const problem = await dockerProblem();
if (problem !== undefined) {
  console.log(`SKIPPED: the container tests, because ${problem}`);
  process.exit(0);
}

const name = `queueflow-test-${Date.now().toString(36)}`;
const env = { ...Bun.env, [NAME_VARIABLE]: name };
let exitCode = 1;
const tests = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => tests.abort());
}
try {
  console.log("Building the images");
  await docker(["build", "-q", "-t", `${name}:engine`, "--target", "engine", "."]);
  await docker(["build", "-q", "-t", `${name}:all-in-one`, "--target", "all-in-one", "."]);
  const command = [process.execPath, "test", "--timeout", "300000", "./test/compose/"];
  const child = Bun.spawn(command, {
    env,
    stdio: ["ignore", "inherit", "inherit"],
    signal: tests.signal,
  });
  exitCode = await child.exited;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
} finally {
  await removeAll(name);
}
process.exit(exitCode);

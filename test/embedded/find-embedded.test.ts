import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { findEmbedded } from "../../src/embedded/find-embedded.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { spawnEngine, startBoth } from "./fixtures.ts";

// A first start creates a cluster, which takes seconds on a busy machine.
setDefaultTimeout(60_000);

test("finds the servers of a running engine only", async () => {
  const folder = temporaryFolder("embedded");
  using engine = spawnEngine(folder);
  const urls = JSON.parse(await engine.said());
  expect(findEmbedded(folder)).toEqual({ pid: engine.pid, apiUrl: null, ...urls });
  await engine.kill("SIGKILL");
  expect(existsSync(join(folder, "servers.json"))).toBe(true);
  expect(findEmbedded(folder)).toBeUndefined();
  await (await startBoth(folder)).stop(); // Ends the orphans.
});

test("finds nothing before a start or after a stop", async () => {
  const folder = temporaryFolder("embedded");
  expect(findEmbedded(join(folder, "missing"))).toBeUndefined();
  const servers = await startBoth(folder, { postgres: false });
  expect(findEmbedded(folder)).toEqual({
    pid: process.pid,
    apiUrl: null,
    redisUrl: servers.redisUrl ?? "",
  });
  await servers.stop();
  expect(findEmbedded(folder)).toBeUndefined();
});

import { expect, setDefaultTimeout, test } from "bun:test";
import { findEmbedded } from "../../src/embedded/find-embedded.ts";
import { serversIn } from "../../src/embedded/running-servers.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { query, redisClient, serversOf, spawnEngine, startBoth } from "./fixtures.ts";

// A first start creates a cluster, which takes seconds on a busy machine.
setDefaultTimeout(60_000);

test("keeps every acknowledged write of a killed engine", async () => {
  const folder = temporaryFolder("embedded");
  using killed = spawnEngine(folder);
  const { redisUrl, databaseUrl } = JSON.parse(await killed.said());
  await using before = redisClient(redisUrl);
  await before.xadd("events_stream", "*", "path", "/kept");
  await query(databaseUrl, "CREATE TABLE kept AS SELECT 42 AS answer");
  await killed.kill("SIGKILL");
  const orphans = serversOf(folder);
  expect(orphans.length).toBeGreaterThan(1);

  await using servers = await startBoth(folder);
  expect(serversOf(folder).filter((pid) => orphans.includes(pid))).toEqual([]);
  await using redis = redisClient(servers.redisUrl);
  expect(await redis.xlen("events_stream")).toBe(1);
  expect(await query(servers.databaseUrl, "SELECT answer FROM kept")).toEqual([{ answer: 42 }]);
});

test("servers survive a Ctrl-C to the engine's process group", async () => {
  const folder = temporaryFolder("embedded");
  using engine = spawnEngine(folder);
  const { redisUrl } = JSON.parse(await engine.said());
  await engine.kill("SIGINT"); // To the whole group, as a terminal does; this engine has no drain.
  await using redis = redisClient(redisUrl);
  expect(await redis.ping()).toBe("PONG");
  expect(findEmbedded(folder)).toBeUndefined();
  await (await startBoth(folder)).stop();
  expect(serversOf(folder)).toEqual([]);
});

test("a shell in the folder is not a server", async () => {
  const folder = temporaryFolder("embedded");
  const shell = Bun.spawn(["sh", "-c", "echo here; read line"], {
    cwd: folder,
    stdio: ["pipe", "pipe", "ignore"],
  });
  for await (const _ of shell.stdout) break;
  expect(serversIn(folder, ["redis-server", "postgres"])).toEqual([]);
  expect(serversIn(folder, ["sh"])).toEqual([{ pid: shell.pid, parent: process.pid }]);
  await shell.stdin.end();
  await shell.exited;
});

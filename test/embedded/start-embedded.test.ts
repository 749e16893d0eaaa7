import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../support/eventually.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { query, redisClient, rejection, serversOf, spawnEngine, startBoth } from "./fixtures.ts";

// A start makes a cluster, which takes seconds on a busy machine.
setDefaultTimeout(60_000);

test("startEmbedded keeps the data when it is stopped and started again", async () => {
  const folder = temporaryFolder("embedded");
  {
    await using servers = await startBoth(folder);
    await using redis = redisClient(servers.redisUrl);
    await redis.xadd("events_stream", "*", "path", "/kept");
    await query(servers.databaseUrl, "CREATE TABLE kept AS SELECT 42 AS answer");
  }
  await using servers = await startBoth(folder);
  await using redis = redisClient(servers.redisUrl);
  expect(await redis.xlen("events_stream")).toBe(1);
  expect(await query(servers.databaseUrl, "SELECT answer FROM kept")).toEqual([{ answer: 42 }]);
});

test("startEmbedded runs servers that have a write on disk before they answer", async () => {
  const folder = temporaryFolder("embedded");
  await using servers = await startBoth(folder);
  await using redis = redisClient(servers.redisUrl);
  const wanted = { appendonly: "yes", appendfsync: "always", "maxmemory-policy": "noeviction" };
  for (const [name, value] of Object.entries(wanted)) {
    expect(await redis.config("GET", name)).toEqual([name, value]);
  }
  for (const name of ["fsync", "synchronous_commit", "full_page_writes"]) {
    expect(await query(servers.databaseUrl, `SHOW ${name}`)).toEqual([{ [name]: "on" }]);
  }
});

test("startEmbedded starts only what is asked for", async () => {
  const folder = temporaryFolder("embedded");
  await using servers = await startBoth(folder, { postgres: false });
  expect(servers.databaseUrl).toBeUndefined();
  expect(servers.redisVersion).toMatch(/^\d+\.\d+\.\d+$/);
  expect(existsSync(join(folder, "postgres"))).toBe(false);
});

test("startEmbedded lets nobody in without the password, and nobody else read it", async () => {
  const folder = temporaryFolder("embedded");
  await using servers = await startBoth(folder);
  const redisUrl = new URL(servers.redisUrl ?? "");
  await using stranger = redisClient(`redis://127.0.0.1:${redisUrl.port}`);
  expect(String(await rejection(stranger.ping()))).toContain("NOAUTH");
  const databaseUrl = new URL(servers.databaseUrl ?? "");
  databaseUrl.password = "guessed";
  const refusal = await rejection(query(databaseUrl.href, "SELECT 1"));
  expect(String(refusal)).toContain("authentication failed");
  for (const name of ["redis.password", "redis.conf", "postgres.password", "servers.json"]) {
    expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
  }
});

test("startEmbedded works in a folder that only root may enter", async () => {
  const folder = temporaryFolder("embedded");
  const clone = join(folder, "root's only", "clone");
  mkdirSync(clone, { recursive: true, mode: 0o700 });
  await using servers = await startBoth(join(clone, ".queueflow"));
  // More than one process: workers find shared memory and temporary files in the folder, too.
  const parallel =
    "SET debug_parallel_query = on; SET work_mem = '64kB';" +
    "SELECT count(*)::int FROM (SELECT g FROM generate_series(1, 50000) g ORDER BY md5(g::text)) t";
  expect(await query(servers.databaseUrl, parallel)).toContainEqual([{ count: 50_000 }]);
});

test("startEmbedded refuses a folder on which another engine runs, and names it", async () => {
  const folder = temporaryFolder("embedded");
  await using servers = await startBoth(folder);
  using second = spawnEngine(folder);
  expect(await second.exited).not.toBe(0);
  expect(await second.errors()).toContain(`Another engine, process ${process.pid}, runs on`);
  expect(await query(servers.databaseUrl, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
});

test("startEmbedded lets one of two engines start when both start at once", async () => {
  const folder = temporaryFolder("embedded");
  using first = spawnEngine(folder);
  using second = spawnEngine(folder);
  const said = await Promise.all([first.said(), second.said()]);
  expect(said.filter((text) => text.includes("redisUrl"))).toHaveLength(1);
  const loser = said[0] === "" ? first : second;
  expect(await loser.errors()).toContain("embedded_server_failed");
  await (loser === first ? second : first).kill("SIGKILL");
  await using servers = await startBoth(folder);
  expect(await query(servers.databaseUrl, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
});

test("startEmbedded stops the one server and quotes the other when that does not start", async () => {
  const folder = temporaryFolder("embedded");
  mkdirSync(join(folder, "redis", "appendonlydir"), { recursive: true });
  const manifest = join(folder, "redis/appendonlydir/appendonly.aof.manifest");
  writeFileSync(manifest, "not a manifest\n");
  const failure = await rejection(startBoth(folder));
  expect(failure).toMatchObject({ code: "embedded_server_failed" });
  expect(String(failure)).toMatch(/redis server did not start[^]*manifest/);
  expect(serversOf(folder)).toEqual([]);
  await using _ = await startBoth(folder, { redis: false });
});

test("startEmbedded stops what it started when its signal is aborted", async () => {
  const folder = temporaryFolder("embedded");
  const interrupt = new AbortController();
  const starting = rejection(startBoth(folder, { signal: interrupt.signal }));
  await eventually(() => expect(existsSync(join(folder, "postgres.new/base"))).toBe(true));
  interrupt.abort(new Error("Ctrl-C"));
  expect(String(await starting)).toContain("Ctrl-C");
  expect(serversOf(folder)).toEqual([]);
  await using servers = await startBoth(folder);
  expect(await query(servers.databaseUrl, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
});

test("startEmbedded makes the cluster anew when its making was interrupted", async () => {
  const folder = temporaryFolder("embedded");
  mkdirSync(join(folder, "postgres.new", "base"), { recursive: true });
  writeFileSync(join(folder, "postgres.new", "PG_VERSION"), "18\n");
  await using servers = await startBoth(folder, { redis: false });
  expect(await query(servers.databaseUrl, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
});

test("startEmbedded starts although the process id of a dead postgres is another program's", async () => {
  const folder = temporaryFolder("embedded");
  await (await startBoth(folder, { redis: false })).stop();
  writeFileSync(join(folder, "postgres", "postmaster.pid"), `${process.pid}\n/proc/self/cwd\n`);
  await using servers = await startBoth(folder, { redis: false });
  expect(await query(servers.databaseUrl, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
});

test("startEmbedded says what is missing when the password of the data is gone", async () => {
  const folder = temporaryFolder("embedded");
  await (await startBoth(folder, { redis: false })).stop();
  rmSync(join(folder, "postgres.password"));
  expect(String(await rejection(startBoth(folder)))).toContain("postgres.password is missing");
});

test("stop can be called again, and leaves no process", async () => {
  const folder = temporaryFolder("embedded");
  const servers = await startBoth(folder);
  expect(serversOf(folder).length).toBeGreaterThan(1);
  await Promise.all([servers.stop(), servers.stop()]);
  await servers.stop();
  expect(serversOf(folder)).toEqual([]);
});

import { expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { redisMemoryMax } from "../../src/embedded/redis/memory-limit.ts";
import { eventually } from "../support/eventually.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { query, redisClient, rejection, serversOf, spawnEngine, startBoth } from "./fixtures.ts";

// A first start creates a cluster, which takes seconds on a busy machine.
setDefaultTimeout(60_000);

test("keeps the data across a stop and start", async () => {
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

test("servers acknowledge durable writes only", async () => {
  const folder = temporaryFolder("embedded");
  await using servers = await startBoth(folder);
  await using redis = redisClient(servers.redisUrl);
  const wanted = {
    appendonly: "yes",
    appendfsync: "always",
    maxmemory: String(redisMemoryMax()),
    "maxmemory-policy": "noeviction",
  };
  for (const [name, value] of Object.entries(wanted)) {
    expect(await redis.config("GET", name)).toEqual([name, value]);
  }
  for (const name of ["fsync", "synchronous_commit", "full_page_writes"]) {
    expect(await query(servers.databaseUrl, `SHOW ${name}`)).toEqual([{ [name]: "on" }]);
  }
});

test("starts only the requested servers", async () => {
  const folder = temporaryFolder("embedded");
  await using servers = await startBoth(folder, { postgres: false });
  expect(servers.databaseUrl).toBeUndefined();
  expect(servers.redisVersion).toMatch(/^\d+\.\d+\.\d+$/);
  expect(existsSync(join(folder, "postgres"))).toBe(false);
});

test("starts no server when another program has the API's port", async () => {
  const folder = temporaryFolder("embedded");
  using other = Bun.listen({ hostname: "0.0.0.0", port: 0, socket: { data: () => undefined } });
  const { port } = other;
  const refusal = await rejection(
    startBoth(folder, { addresses: { api: { host: "127.0.0.1", port }, operate: undefined } }),
  );
  expect(refusal).toMatchObject({ code: "port_unavailable" });
  expect(String(refusal)).toContain(`Port ${port} is in use by process ${process.pid} (`);
  expect(existsSync(join(folder, "redis"))).toBe(false);
  expect(existsSync(join(folder, "postgres"))).toBe(false);
  await (await startBoth(folder, { postgres: false })).stop(); // The folder is free again.
});

test("requires a password that only the owner can read", async () => {
  const folder = temporaryFolder("embedded");
  await using servers = await startBoth(folder);
  const redisUrl = new URL(servers.redisUrl ?? "");
  redisUrl.search = "";
  await using stranger = redisClient(redisUrl.href);
  expect(String(await rejection(stranger.ping()))).toContain("NOAUTH");
  const databaseUrl = new URL(servers.databaseUrl ?? "");
  databaseUrl.password = "guessed";
  const refusal = await rejection(query(databaseUrl.href, "SELECT 1"));
  expect(String(refusal)).toContain("authentication failed");
  for (const name of ["redis.password", "redis.conf", "postgres.password", "servers.json"]) {
    expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
  }
});

test("listens on no port", async () => {
  const folder = temporaryFolder("embedded");
  await using servers = await startBoth(folder);
  await using redis = redisClient(servers.redisUrl);
  expect(await redis.config("GET", "port")).toEqual(["port", "0"]);
  const listening = await query(servers.databaseUrl, "SHOW listen_addresses");
  expect(listening).toEqual([{ listen_addresses: "" }]);
});

test("closes a data folder that was open to others", async () => {
  const folder = temporaryFolder("embedded");
  mkdirSync(join(folder, "redis"));
  for (const path of [folder, join(folder, "redis")]) chmodSync(path, 0o777);
  await using _ = await startBoth(folder);
  for (const name of ["", "redis", "postgres"]) {
    expect(statSync(join(folder, name)).mode & 0o777).toBe(0o700);
  }
});

test("works in a folder that only root can enter", async () => {
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

test("refuses the folder of a running engine and names it", async () => {
  const folder = temporaryFolder("embedded");
  await using servers = await startBoth(folder);
  using second = spawnEngine(folder);
  expect(await second.exited).not.toBe(0);
  expect(await second.errors()).toContain(`Another engine, process ${process.pid}, runs on`);
  expect(await query(servers.databaseUrl, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
});

test("one of two concurrent starts succeeds", async () => {
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

test("a failed server stops the other and is quoted", async () => {
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

test("an aborted start stops its servers", async () => {
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

test("recreates a cluster whose creation was interrupted", async () => {
  const folder = temporaryFolder("embedded");
  mkdirSync(join(folder, "postgres.new", "base"), { recursive: true });
  writeFileSync(join(folder, "postgres.new", "PG_VERSION"), "18\n");
  await using servers = await startBoth(folder, { redis: false });
  expect(await query(servers.databaseUrl, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
});

test("ignores a stale postmaster.pid", async () => {
  const folder = temporaryFolder("embedded");
  await (await startBoth(folder, { redis: false })).stop();
  writeFileSync(join(folder, "postgres", "postmaster.pid"), `${process.pid}\n/proc/self/cwd\n`);
  await using servers = await startBoth(folder, { redis: false });
  expect(await query(servers.databaseUrl, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
});

test("names the missing password file", async () => {
  const folder = temporaryFolder("embedded");
  await (await startBoth(folder, { redis: false })).stop();
  rmSync(join(folder, "postgres.password"));
  expect(String(await rejection(startBoth(folder)))).toContain("postgres.password is missing");
});

test("stop is idempotent and leaves no process", async () => {
  const folder = temporaryFolder("embedded");
  const servers = await startBoth(folder);
  expect(serversOf(folder).length).toBeGreaterThan(1);
  await Promise.all([servers.stop(), servers.stop()]);
  await servers.stop();
  expect(serversOf(folder)).toEqual([]);
});

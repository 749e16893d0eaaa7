import { beforeAll, describe, expect, setSystemTime, test } from "bun:test";
import { DAY_MS } from "../../src/event/day.ts";
import { createGroup } from "../../src/stream/create-group.ts";
import { clocksKey, noteClock } from "../../src/stream/inspect/clock-notes.ts";
import { closeRedisConnection } from "../../src/stream/redis/redis-connection.ts";
import { LAST_ENTRY_ID } from "../../src/stream/stream-entry.ts";
import { ownRedis, SERVERS_START_TIMEOUT_MS } from "../support/servers.ts";
import { appendEntries } from "../support/stream-fixture.ts";
import { openTestDatabase, useTestDatabase } from "../support/test-database.ts";
import { connected, useTestRedis } from "../support/test-stream.ts";
import { runQueueflow } from "./run-queueflow.ts";

interface ShownFinding {
  readonly about: string;
  readonly state: string;
  readonly found: string;
  readonly todo?: string;
}

const redisOfFile = useTestRedis();
const file = useTestDatabase();

/** No API is expected of such an engine, and none runs here. */
const WITHOUT_API = { INGEST_WORKERS: "0" };
/** Nothing listens there. */
const OWN_PORT = { API_PORT: "1" };

/** Runs `queueflow doctor --json` on the servers of this file unless others are given. */
async function doctor(env: Readonly<Record<string, string>> = {}) {
  const { stdout, stderr, exitCode } = await runQueueflow(["doctor", "--json"], {
    env: {
      ...OWN_PORT,
      REDIS_URL: redisOfFile.url,
      DATABASE_URL: file.url,
      REDIS_STREAM: stream,
      ...env,
    },
  });
  const { findings } = JSON.parse(stdout) as { findings: readonly ShownFinding[] };
  const about = (what: string) => findings.filter((finding) => finding.about === what);
  const findingsNotOk = findings.filter(({ state }) => state !== "ok");
  return { findings, about, findingsNotOk, stdout, stderr, exitCode };
}

let stream = "";
beforeAll(async () => {
  stream = redisOfFile.streamKey();
  await createGroup(redisOfFile.redis, { stream, group: "analytics_workers" });
});

describe("queueflow doctor", () => {
  test("finds everything ok and exits with 0", async () => {
    const { findingsNotOk, findings, stderr, exitCode } = await doctor(WITHOUT_API);
    expect(findingsNotOk).toEqual([]);
    expect(findings.length).toBeGreaterThan(18);
    expect({ stderr, exitCode }).toEqual({ stderr: "", exitCode: 0 });
  });

  test("prints a line per finding, and below it what to do", async () => {
    const wrong = { REDIS_URL: "redis://127.0.0.1:1", CONSUMER_WORKER: "2" };
    const env = { ...WITHOUT_API, ...wrong, DATABASE_URL: file.url };
    const { stdout, stderr, exitCode } = await runQueueflow(["doctor"], { env });
    expect(stdout).toMatch(/^ok {7}version {2,}QueueFlow \d/m);
    expect(stdout).toMatch(/^warning {2}configuration {2,}CONSUMER_WORKER is set but not read/m);
    expect(stdout).toMatch(/^problem {2}Redis {2,}cannot connect to 127.0.0.1:1: .*\n +to do: /m);
    expect(stdout).toEndWith("\n\n1 problem, 1 warning.\n");
    expect(stderr).toBe("queueflow: Found 1 problem\n");
    expect(exitCode).toBe(1);
  });

  test("reports every invalid variable and stops there", async () => {
    const { findings, findingsNotOk, exitCode } = await doctor({ API_PORT: "x", LOG_LEVEL: "y" });
    expect(findingsNotOk.map(({ state, about }) => [state, about])).toEqual([
      ["problem", "configuration"],
      ["problem", "configuration"],
    ]);
    expect(findings).toHaveLength(3);
    expect(exitCode).toBe(1);
  });

  test("says what to do when no engine is running", async () => {
    const { about, exitCode } = await doctor({ REDIS_URL: "", DATABASE_URL: "" });
    for (const server of ["Redis", "PostgreSQL"]) {
      expect(about(server)[0]).toMatchObject({
        state: "problem",
        found: "No engine is running in this folder",
        todo: expect.stringMatching(/^Start one here with/),
      });
    }
    expect(about("disk")).toHaveLength(1);
    expect(exitCode).toBe(1);
  });

  test("shows no password", async () => {
    const { stdout } = await doctor({
      REDIS_URL: "redis://user:geheim@127.0.0.1:1",
      DATABASE_URL: "postgres://user:geheim@127.0.0.1:1/db",
    });
    expect(stdout).not.toContain("geheim");
  });

  test("reports a wrong password of each server", async () => {
    const redisUrl = new URL(redisOfFile.url);
    redisUrl.password = "wrong";
    const databaseUrl = new URL(file.url);
    databaseUrl.username = "nobody";
    const { about } = await doctor({ REDIS_URL: redisUrl.href, DATABASE_URL: databaseUrl.href });
    expect(about("Redis")[0]?.found).toContain("WRONGPASS");
    expect(about("Redis")[0]?.todo).toContain("password in REDIS_URL");
    expect(about("PostgreSQL")[0]?.todo).toContain("with this password");
  });

  test("reports commands that the Redis user may not use", async () => {
    const rights = ["reset", "on", ">secret", `~${stream}*`, "+@all", "-xautoclaim", "-info"];
    await redisOfFile.redis.call("ACL", ["SETUSER", "narrow", ...rights]);
    const url = new URL(redisOfFile.url);
    url.username = "narrow";
    url.password = "secret";
    const { about, exitCode } = await doctor({ REDIS_URL: url.href });
    await redisOfFile.redis.call("ACL", ["DELUSER", "narrow"]);
    expect(about("Redis rights")[0]?.found).toContain("INFO, XAUTOCLAIM not allowed");
    expect(about("Redis")[0]).toMatchObject({ state: "warning" });
    expect(exitCode).toBe(1);
  });

  test("reports a key of another type and a missing group", async () => {
    const key = redisOfFile.streamKey();
    expect((await doctor({ REDIS_STREAM: key })).about("consumer group")[0]?.state).toBe("warning");
    await redisOfFile.redis.set(key, "text");
    const { about } = await doctor({ REDIS_STREAM: key });
    expect(about("consumer group")[0]).toMatchObject({
      state: "problem",
      found: expect.stringContaining("WRONGTYPE"),
    });
  });

  test("reports a backlog and another group that blocks trimming", async () => {
    const key = redisOfFile.streamKey();
    for (const group of ["analytics_workers", "idle\u001b[31m"]) {
      await createGroup(redisOfFile.redis, { stream: key, group });
    }
    await appendEntries(redisOfFile.redis, key, ["1-1", "2-1", "3-1"]);
    const { about } = await doctor({ REDIS_STREAM: key, STREAM_LENGTH_MAX: "3" });
    expect(about("consumer group")[0]).toMatchObject({
      state: "warning",
      found: expect.stringContaining("3 entries not yet stored, the oldest for"),
    });
    expect(about("stream")[0]?.state).toBe("problem");
    expect(about("other group")[0]).toMatchObject({
      state: "warning",
      found: expect.stringContaining("has yet to process 3 entries"),
    });
  });

  test("reports future ids, used up ids and a wrong process clock", async () => {
    const { redis } = redisOfFile;
    const key = { stream: redisOfFile.streamKey(), group: "analytics_workers" };
    await createGroup(redis, key);
    await noteClock(redis, key, { process: "gone-1", nowMs: Date.now() - 3 * DAY_MS });
    await appendEntries(redis, key.stream, ["4102444800000-0"]);
    const { about, exitCode } = await doctor({ REDIS_STREAM: key.stream });
    expect(about("stream ids")).toMatchObject([{ state: "warning" }]);
    expect(about("engine clocks")).toMatchObject([
      {
        state: "problem",
        found: expect.stringMatching(/gone-1 is 3.0 days behind the clock of Redis/),
      },
    ]);
    expect(exitCode).toBe(1);
    await appendEntries(redis, key.stream, [LAST_ENTRY_ID]);
    const exhausted = await doctor({ REDIS_STREAM: key.stream });
    expect(exhausted.about("stream ids")).toMatchObject([{ state: "problem" }]);
    await redis.del(clocksKey(key));
  });

  test("reports a wrong clock of its own machine", async () => {
    setSystemTime(Date.now() - 3 * DAY_MS);
    const { about } = await doctor().finally(() => setSystemTime());
    for (const clock of ["Redis clock", "PostgreSQL clock"]) {
      expect(about(clock)).toMatchObject([
        { state: "problem", found: "3.0 days ahead of this machine's clock" },
      ]);
    }
  });

  test(
    "reports weak settings, a full Redis and a replica",
    async () => {
      await using server = await ownRedis();
      const redis = await connected(server.redisUrl);
      const env = { REDIS_URL: server.redisUrl };
      await redis.config("SET", "appendfsync", "everysec");
      const weaker = await doctor(env);
      expect(weaker.about("Redis persistence")[0]).toMatchObject({ state: "warning" });
      expect(weaker.exitCode).toBe(0);
      await redis.config("SET", "appendonly", "no");
      await redis.config("SET", "maxmemory-policy", "allkeys-lru");
      await redis.config("SET", "maxmemory", "1");
      const weak = await doctor(env);
      expect(weak.about("Redis persistence").map(({ state }) => state)).toEqual([
        "problem",
        "problem",
      ]);
      expect(weak.about("Redis memory")[0]?.state).toBe("problem");
      await redis.config("SET", "maxmemory", "0");
      await redis.call("REPLICAOF", ["127.0.0.1", "1"]);
      expect((await doctor(env)).about("Redis role")[0]?.state).toBe("problem");
      await closeRedisConnection(redis);
    },
    SERVERS_START_TIMEOUT_MS,
  );

  test("reports weak settings of a database", async () => {
    await using database = await openTestDatabase();
    const name = new URL(database.url).pathname.slice(1);
    const env = { DATABASE_URL: database.url, INGEST_WORKERS: "1", CONSUMER_WORKERS: "1" };
    for (const setting of [
      "SET default_transaction_read_only = on",
      "SET idle_session_timeout = '1min'",
      "CONNECTION LIMIT 4",
    ]) {
      await database.sql.unsafe(`ALTER DATABASE ${name} ${setting}`);
    }
    const { about, exitCode } = await doctor(env);
    expect(about("writes")[0]).toMatchObject({ state: "problem" });
    expect(about("timeouts")[0]).toMatchObject({ state: "warning" });
    expect(about("connections")[0]).toMatchObject({
      state: "problem",
      found: "the engine needs up to 13; 3 of 4 are available to it",
    });
    expect(exitCode).toBe(1);
    await database.sql.unsafe("SET default_transaction_read_only = off");
    await database.sql.unsafe(`ALTER DATABASE ${name} SET transaction_timeout = '5s'`);
    expect((await doctor(env)).about("timeouts")[0]).toMatchObject({ state: "problem" });
  });

  test("reports a missing, old, new or incomplete schema", async () => {
    const schemaOf = async (url: string) =>
      (await doctor({ DATABASE_URL: url })).about("schema")[0];
    await using empty = await openTestDatabase("empty");
    expect(await schemaOf(empty.url)).toMatchObject({ state: "warning", found: "no tables yet" });
    await using database = await openTestDatabase();
    const { sql, url } = database;
    await sql`DELETE FROM schema_migrations WHERE version = (SELECT max(version) FROM schema_migrations)`;
    expect(await schemaOf(url)).toMatchObject({
      state: "warning",
      todo: expect.stringContaining("queueflow migrate"),
    });
    await sql`INSERT INTO schema_migrations (version, name) VALUES (999, 'later')`;
    expect(await schemaOf(url)).toMatchObject({ state: "problem", todo: "Run a newer binary" });
    await sql`DELETE FROM schema_migrations WHERE version = 999`;
    await sql`INSERT INTO schema_migrations (version, name) SELECT max(version) + 1, 'again' FROM schema_migrations`;
    await sql`DROP TABLE dead_events`;
    expect(await schemaOf(url)).toMatchObject({
      state: "problem",
      found: "missing tables: dead_events",
    });
  });

  test("reports missing privileges of the PostgreSQL user", async () => {
    const { sql } = file;
    await sql`CREATE ROLE narrow LOGIN PASSWORD 'secret'`;
    await sql`GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO narrow`;
    await sql`GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO narrow`;
    await sql`REVOKE UPDATE ON daily_site_stats FROM narrow`;
    await sql`REVOKE ALL ON SEQUENCE events_id_seq FROM narrow`;
    const url = new URL(file.url);
    url.username = "narrow";
    url.password = "secret";
    const { about } = await doctor({ DATABASE_URL: url.href });
    await sql`DROP OWNED BY narrow`;
    await sql`DROP ROLE narrow`;
    expect(about("schema")[0]).toMatchObject({
      state: "problem",
      found: "the user lacks UPDATE on daily_site_stats, USAGE on events_id_seq",
    });
  });

  test("reports an encoding other than UTF-8", async () => {
    await using latin = await openTestDatabase("not UTF-8");
    const { about } = await doctor({ DATABASE_URL: latin.url });
    expect(about("encoding")[0]).toMatchObject({ state: "problem", found: "LATIN1" });
  });
});

import { describe, expect, test } from "bun:test";
import { createServer } from "node:net";
import { spawnEngine, startEngine } from "../support/engine.ts";
import { openEngineServers } from "../support/engine-servers.ts";
import { ownRedis } from "../support/servers.ts";
import { testPort } from "../support/test-port.ts";
import { within } from "../support/within.ts";

const TIMEOUT_MS = 120_000;
const STACK_TRACE = /^\s+at /m;

/** Another program that listens on a port. */
async function occupy(): Promise<{ port: number } & AsyncDisposable> {
  const port = testPort();
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(port, "0.0.0.0", resolve));
  return {
    port,
    [Symbol.asyncDispose]: async () => {
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe("exits with a clear error and", () => {
  test(
    "1 when another program has the port",
    async () => {
      await using servers = await openEngineServers();
      await using other = await occupy();
      const env = { ...servers.env, API_PORT: String(other.port) };
      await using engine = spawnEngine({ env });
      expect(await within(TIMEOUT_MS, engine.exited, "the engine exits")).toBe(1);
      await engine.output.ended;
      const { errors, records } = engine.output;
      const output = `${errors}\n${records.map(({ error }) => String(error)).join("\n")}`;
      expect(output).toContain(`Port ${other.port} `);
      expect(output).toContain("API_PORT");
      expect(output).not.toMatch(STACK_TRACE);
      expect(errors).not.toContain("is running");
      expect(records.filter(({ msg }) => msg.startsWith("Thread exited"))).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    "1 when the database has the schema of a newer version",
    async () => {
      await using servers = await openEngineServers();
      {
        await using engine = await startEngine({ env: servers.env });
        await engine.output.record("Migration applied");
        expect(await engine.stop()).toBe(0);
      }
      await servers.sql`INSERT INTO schema_migrations (version, name) VALUES (9999, 'from the future')`;
      await using engine = spawnEngine({ env: servers.env });
      expect(await within(TIMEOUT_MS, engine.exited, "the engine exits")).toBe(1);
      await engine.output.ended;
      const { errors, records } = engine.output;
      const output = `${errors}\n${records.map(({ error }) => String(error)).join("\n")}`;
      expect(output).toContain("9999");
      expect(output).toContain("run a newer binary");
      expect(output).not.toMatch(STACK_TRACE);
      expect(records.filter(({ msg }) => msg.startsWith("Thread exited"))).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    "1 when Redis may evict the stream",
    async () => {
      await using redis = await ownRedis();
      await using servers = await openEngineServers({ redisUrl: redis.redisUrl });
      await servers.redis.config("SET", "maxmemory-policy", "allkeys-lru");
      await using engine = spawnEngine({ env: servers.env });
      expect(await within(TIMEOUT_MS, engine.exited, "the engine exits")).toBe(1);
      await engine.output.ended;
      const { errors, records } = engine.output;
      const output = `${errors}\n${records.map(({ error }) => String(error)).join("\n")}`;
      expect(output).toContain("maxmemory-policy noeviction, got allkeys-lru");
      expect(output).toContain("CONFIG SET");
      expect(output).not.toMatch(STACK_TRACE);
      expect(records.filter(({ msg }) => msg.startsWith("Thread exited"))).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    "2, naming every problem, when the configuration is wrong",
    async () => {
      const env = {
        API_PORT: "eighty",
        REDIS_URL: "http://secret-redis.example",
        DATABASE_URL: "mysql://user:s3cret@host/db",
        INGEST_WORKERS: "-1",
        CONSUMER_WORKERS: "1.5",
        BATCH_ENTRIES_MAX: "0",
        CLAIM_IDLE_MS: "99",
        SHUTDOWN_TIMEOUT_MS: "soon",
        LOG_LEVEL: "loud",
      };
      await using engine = spawnEngine({ env });
      expect(await within(TIMEOUT_MS, engine.exited, "the engine exits")).toBe(2);
      await engine.output.ended;
      const { errors, records, strayLines } = engine.output;
      for (const name of Object.keys(env)) expect(errors).toContain(`Expected ${name} to be `);
      expect(errors).not.toMatch(STACK_TRACE);
      expect(errors).not.toMatch(/s3cret|secret/);
      expect([...records, ...strayLines]).toEqual([]);
      // One line per problem.
      expect(errors.trim().split("\n").length).toBe(Object.keys(env).length);
    },
    TIMEOUT_MS,
  );
});

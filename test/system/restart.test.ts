import { describe, expect, test } from "bun:test";
import type { TransactionSql } from "postgres";
import { MIGRATION_LOCK } from "../../src/store/advisory-locks.ts";
import { sendEvent } from "../support/api-client.ts";
import { checkInvariants } from "../support/check-invariants.ts";
import { type Engine, spawnEngine, startEngine } from "../support/engine.ts";
import {
  checkAllStored,
  type EngineServers,
  openEngineServers,
  type SentEvents,
  untilDrained,
  untilMigrated,
} from "../support/engine-servers.ts";
import { eventually } from "../support/eventually.ts";
import { type Load, startLoad } from "../support/load.ts";
import { openRaw } from "../support/raw-http.ts";
import { sampleBody } from "../support/sample-event.ts";
import { suspend } from "../support/server-processes.ts";
import { pendingOf } from "../support/stream-fixture.ts";
import { testPort } from "../support/test-port.ts";
import { within } from "../support/within.ts";

const TIMEOUT_MS = 120_000;
const EVENTS_BEFORE = 300;
/** Entries of a process that is gone are claimed after this time. */
const CLAIM_IDLE_MS = "1000";

const SAMPLE_IDS: ReadonlySet<string> = new Set([sampleBody().event_id]);
const SAMPLE = { accepted: SAMPLE_IDS, sent: SAMPLE_IDS };

interface RestartLoad {
  readonly load: Load;
  /** The port that the load is sent to. */
  readonly port: number;
}

async function startOn(
  servers: EngineServers,
  port: number,
  env: Readonly<Record<string, string>> = {},
): Promise<Engine> {
  return await startEngine({
    env: { ...servers.env, API_PORT: String(port), CLAIM_IDLE_MS, ...env },
  });
}

/** Starts an engine, which must store the rest. */
async function checkAfterRestart(servers: EngineServers, events: SentEvents): Promise<void> {
  await using engine = await startOn(servers, testPort());
  await checkAllStored(servers, events);
  expect(await engine.stop()).toBe(0);
}

/** Ways to run and end engines under load, each of which leaves some events to the engine after them. */
const ENDS: readonly (readonly [
  string,
  (servers: EngineServers, load: RestartLoad) => Promise<void>,
])[] = [
  [
    "it is stopped by SIGTERM and started again",
    async (servers, { load, port }) => {
      for (let start = 1; start <= 2; start += 1) {
        await using engine = await startOn(servers, port);
        await load.untilAccepted(EVENTS_BEFORE);
        expect(await engine.stop()).toBe(0);
        expect(await engine.output.record("Stopped")).toMatchObject({ outcome: "finished" });
      }
    },
  ],
  [
    "it is stopped by SIGTERM with a backlog",
    async (servers, { load, port }) => {
      await using engine = await startOn(servers, port, { CONSUMER_WORKERS: "0" });
      await load.untilAccepted(EVENTS_BEFORE);
      expect(await engine.stop()).toBe(0);
    },
  ],
  [
    "it is killed repeatedly",
    async (servers, { load, port }) => {
      for (let start = 1; start <= 3; start += 1) {
        await using engine = await startOn(servers, port, { BATCH_ENTRIES_MAX: "20" });
        await load.untilAccepted(EVENTS_BEFORE);
        await engine.kill();
      }
    },
  ],
  [
    "it is suspended and resumed",
    async (servers, { load, port }) => {
      await using engine = await startOn(servers, port);
      await load.untilAccepted(EVENTS_BEFORE);
      await suspend(engine.pid);
      // Another process claims the entries of the suspended one.
      {
        await using other = await startOn(servers, testPort(), { INGEST_WORKERS: "0" });
        await untilDrained(servers);
        expect(await other.stop()).toBe(0);
      }
      engine.signal("SIGCONT");
      await load.untilAccepted(EVENTS_BEFORE);
      expect(engine.output.records.filter(({ msg }) => msg.startsWith("Thread "))).toEqual([]);
      expect(await engine.stop()).toBe(0);
    },
  ],
];

describe("stores every event once under load when", () => {
  test.each(ENDS)(
    "%s",
    async (_, run) => {
      await using servers = await openEngineServers();
      const port = testPort();
      await using load = startLoad({ url: () => `http://127.0.0.1:${port}` });
      await run(servers, { load, port });
      await load.stop();
      // 0: the connection broke before a response.
      expect(new Set(load.statuses.keys()).difference(new Set([202, 503, 0]))).toEqual(new Set());
      await checkAfterRestart(servers, load);
    },
    TIMEOUT_MS,
  );
});

describe("SIGTERM", () => {
  test(
    "waits for consumers while other processes append",
    async () => {
      await using servers = await openEngineServers();
      await using ingest = await startOn(servers, testPort(), { CONSUMER_WORKERS: "0" });
      await using load = startLoad({ url: () => ingest.url });
      for (let start = 1; start <= 3; start += 1) {
        await using consume = await startOn(servers, testPort(), {
          INGEST_WORKERS: "0",
          CONSUMER_WORKERS: "4",
          LOG_LEVEL: "debug",
        });
        await consume.output.record("XACK done");
        expect(await consume.stop()).toBe(0);
        // Acknowledged, not left for another consumer to claim.
        expect(await pendingOf(servers.redis, servers.key)).toBe(0);
      }
      await load.stop();
      await checkAfterRestart(servers, load);
    },
    TIMEOUT_MS,
  );

  test(
    "stops an idle engine with 0, as SIGINT does",
    async () => {
      await using servers = await openEngineServers();
      for (const signal of ["SIGTERM", "SIGINT"] as const) {
        await using engine = await startOn(servers, testPort());
        engine.signal(signal);
        expect(await within(TIMEOUT_MS, engine.exited, "the engine exits")).toBe(0);
      }
    },
    TIMEOUT_MS,
  );

  test(
    "stops the engine with 0 despite unfinished requests",
    async () => {
      await using servers = await openEngineServers();
      await using engine = await startOn(servers, testPort());
      const head = "POST /event HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n";
      const unfinished = ["", "POST /ev", head, `${head}Content-Length: 100\r\n\r\n{`];
      using clients = new DisposableStack();
      await untilMigrated(engine);
      for (const text of unfinished) clients.use(await openRaw(engine.port)).write(text);
      // The server has read the others when it responds to this one.
      const { status } = await sendEvent(engine, sampleBody());
      expect(status).toBe(202);
      expect(await engine.stop()).toBe(0);
      expect(await engine.output.record("Stopped")).toMatchObject({ outcome: "finished" });
      // No consumer may have read the event yet.
      await checkAfterRestart(servers, SAMPLE);
    },
    TIMEOUT_MS,
  );

  test(
    "stops the engine with 1 at the deadline, losing nothing",
    async () => {
      await using servers = await openEngineServers();
      await stopWhileLocked(servers, async (engine) => {
        expect(await engine.stop()).toBe(1);
        expect(await engine.output.record("Stopped")).toMatchObject({ outcome: "forced" });
      });
      await checkAfterRestart(servers, SAMPLE);
    },
    TIMEOUT_MS,
  );

  test(
    "stops the engine at once when repeated, losing nothing",
    async () => {
      await using servers = await openEngineServers();
      await stopWhileLocked(
        servers,
        async (engine) => {
          engine.signal("SIGTERM");
          await engine.output.record("Stopping: finishing what is in flight");
          engine.signal("SIGTERM");
          expect(await within(TIMEOUT_MS, engine.exited, "the engine exits")).toBe(128 + 15);
          expect(engine.output.records.map(({ msg }) => msg)).not.toContain("Stopped");
        },
        { SHUTDOWN_TIMEOUT_MS: "600000" },
      );
      await checkAfterRestart(servers, SAMPLE);
    },
    TIMEOUT_MS,
  );

  test(
    "stops the engine cleanly during its start",
    async () => {
      await using servers = await openEngineServers();
      for (const moment of ["Consumer group created", "Migration applied"]) {
        await using engine = spawnEngine({ env: { ...servers.env } });
        await engine.output.record(({ msg }) => msg === moment);
        expect(await engine.stop()).toBe(0);
        await servers.redis.del(servers.key.stream);
        await servers.sql`DROP SCHEMA public CASCADE`;
        await servers.sql`CREATE SCHEMA public`;
      }
      await using engine = await startOn(servers, testPort());
      expect((await sendEvent(engine, sampleBody())).status).toBe(202);
      await untilDrained(servers);
      expect(await checkInvariants(servers.sql)).toBe(1);
    },
    TIMEOUT_MS,
  );

  test(
    "stops the engine with 0 while another process migrates",
    async () => {
      await using servers = await openEngineServers();
      await servers.sql.begin(async (tx) => {
        await tx`SELECT pg_advisory_xact_lock(${MIGRATION_LOCK})`;
        await using engine = await startOn(servers, testPort());
        await untilTurnedAway(tx);
        expect((await sendEvent(engine, sampleBody())).status).toBe(202);
        expect(await engine.stop()).toBe(0);
      });
      await checkAfterRestart(servers, SAMPLE);
    },
    TIMEOUT_MS,
  );

  test(
    "exits with 0 while both servers are down",
    async () => {
      const nowhere = {
        REDIS_URL: `redis://127.0.0.1:${testPort()}`,
        DATABASE_URL: `postgres://user@127.0.0.1:${testPort()}/nothing`,
      };
      await using engine = spawnEngine({ env: nowhere });
      await engine.output.untilErrors("waits for Redis and PostgreSQL\n");
      expect(await engine.stop()).toBe(0);
      await engine.output.ended;
      const said = engine.output.records.map(({ msg }) => msg);
      expect(said).toContain("Preparing the consumer group failed, retrying");
      expect(said).toContain("Preparing the schema failed, retrying");
      expect(said.filter((message) => /is prepared|succeeded/.test(message))).toEqual([]);
      expect(engine.output.errors).not.toContain("is running");
    },
    TIMEOUT_MS,
  );
});

/** Runs `stop` on an engine with one event, whose transaction waits for a lock. */
async function stopWhileLocked(
  servers: EngineServers,
  stop: (engine: Engine) => Promise<void>,
  env: Readonly<Record<string, string>> = { SHUTDOWN_TIMEOUT_MS: "1000" },
): Promise<void> {
  await using engine = await startOn(servers, testPort(), { LOG_LEVEL: "debug", ...env });
  await untilMigrated(engine);
  await servers.sql.begin(async (tx) => {
    await tx`LOCK TABLE events IN ACCESS EXCLUSIVE MODE`;
    expect((await sendEvent(engine, sampleBody())).status).toBe(202);
    await untilBlocked(tx);
    await stop(engine);
  });
}

/** Waits until the engine has tried to get the lock of the migrations. */
async function untilTurnedAway(tx: TransactionSql): Promise<void> {
  await eventually(async () => {
    await tx`SELECT pg_stat_clear_snapshot()`;
    const attempts = await tx`
      SELECT 1 FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid()
        AND (query LIKE '%pg_try_advisory%' OR query ILIKE 'commit%')`;
    expect(attempts.length).toBeGreaterThan(0);
  }, TIMEOUT_MS);
}

/** Waits until another session waits for a lock. */
async function untilBlocked(tx: TransactionSql): Promise<void> {
  await eventually(async () => {
    const waiting = await tx`
      SELECT 1 FROM pg_locks JOIN pg_stat_activity USING (pid)
      WHERE NOT granted AND datname = current_database()`;
    expect(waiting.length).toBeGreaterThan(0);
  }, TIMEOUT_MS);
}

import { describe, expect, test } from "bun:test";
import { RESTARTS_MAX } from "../../src/async/restart-policy.ts";
import { type ConnectedConfig, readConfig } from "../../src/config/config.ts";
import type { ErrorRecord } from "../../src/errors.ts";
import { encodeEntry } from "../../src/event/entry-codec.ts";
import { readNew, readPending } from "../../src/stream/consumer-group.ts";
import { ensureGroup } from "../../src/stream/create-group.ts";
import { Supervisor } from "../../src/supervisor/supervisor.ts";
import { checkInvariants } from "../support/check-invariants.ts";
import { type EngineServers, openEngineServers, untilDrained } from "../support/engine-servers.ts";
import { eventually } from "../support/eventually.ts";
import { recordingLog } from "../support/recording-log.ts";
import { sampleEvent } from "../support/sample-event.ts";

const TIMEOUT_MS = 240_000;
const POISONED_CHILD = new URL("../support/poisoned-child.ts", import.meta.url);
const BROKEN_CHILD = new URL("../support/broken-child.ts", import.meta.url);
const REASON = "Its processing ended the thread 3 times";

/** Threads under a supervisor in this process. */
interface Threads extends AsyncDisposable {
  /** Restarts so far. */
  readonly restarts: () => number;
  readonly fatal: readonly ErrorRecord[];
}

async function startThreads(
  servers: EngineServers,
  overrides: Partial<ConnectedConfig> = {},
  entry = POISONED_CHILD,
): Promise<Threads> {
  const { log, records } = recordingLog();
  const fatal: ErrorRecord[] = [];
  const env = { ...servers.env, LOG_LEVEL: "silent", INGEST_WORKERS: "0", CONSUMER_WORKERS: "2" };
  const { REDIS_URL: redisUrl = "", DATABASE_URL: databaseUrl = "" } = servers.env;
  const supervisor = new Supervisor({
    config: { ...readConfig(env), redisUrl, databaseUrl, mayShareApiPort: false, ...overrides },
    entry,
    log: { ...log, droppedLogLines: () => 0 },
    logFd: 1,
    version: "",
    onFatal: (error) => fatal.push(error),
    onServers: () => undefined,
  });
  await supervisor.start();
  return {
    restarts: () => records.filter(({ sentence }) => sentence.startsWith("Thread exited")).length,
    fatal,
    async [Symbol.asyncDispose]() {
      await supervisor.stop();
    },
  };
}

/** Appends an event for each path, and returns the ids of the entries. */
async function append(
  { redis, key }: EngineServers,
  paths: readonly string[],
): Promise<readonly string[]> {
  return await Promise.all(
    paths.map(async (path) => {
      return String(
        await redis.call("XADD", key.stream, "*", ...encodeEntry(sampleEvent({ path }))),
      );
    }),
  );
}

function healthyPaths(count: number): string[] {
  return Array.from({ length: count }, (_, number) => `/${number % 7}`);
}

/** All healthy entries are stored, exactly `poison` is set aside, and no note is left. */
async function checkSetAside(
  servers: EngineServers,
  { healthy, poison }: { healthy: number; poison: readonly string[] },
): Promise<void> {
  const { sql, redis, key } = servers;
  await untilDrained(servers);
  const dead = await sql`SELECT entry_id, reason FROM dead_events ORDER BY id`;
  expect(dead.map((row) => row["entry_id"] as string).toSorted()).toEqual([...poison].toSorted());
  expect(dead.map((row) => row["reason"] as string)).toEqual(poison.map(() => REASON));
  expect(await checkInvariants(sql)).toBe(healthy);
  await eventually(async () => {
    expect(await redis.hgetall(`${key.stream}:${key.group}:trials`)).toEqual({});
  });
}

describe("sets a poison entry aside and stores the rest when it", () => {
  test.each(["exit", "throw", "defect"])(
    "ends its thread by %s",
    async (way) => {
      await using servers = await openEngineServers();
      const before = await append(servers, healthyPaths(700));
      const poison = await append(servers, [`/poison/${way}`]);
      const after = await append(servers, healthyPaths(800));
      await using threads = await startThreads(servers);
      const healthy = before.length + after.length;
      await checkSetAside(servers, { healthy, poison });
      expect(threads.restarts()).toBe(5);
      expect(threads.fatal).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    "shares its batch with another poison entry",
    async () => {
      await using servers = await openEngineServers();
      await append(servers, healthyPaths(300));
      const first = await append(servers, ["/poison/exit"]);
      await append(servers, healthyPaths(300));
      const second = await append(servers, ["/poison/throw"]);
      await using threads = await startThreads(servers);
      await checkSetAside(servers, { healthy: 600, poison: [...first, ...second] });
      expect(threads.restarts()).toBeLessThanOrEqual(RESTARTS_MAX);
      expect(threads.fatal).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    "ends the reclaimer that took it over",
    async () => {
      await using servers = await openEngineServers();
      const { redis, key } = servers;
      await ensureGroup(redis, key, recordingLog().log);
      const poison = await append(servers, ["/0", "/poison/exit", "/1"]);
      await readNew(redis, { ...key, consumer: "gone" }, { entriesMax: 10, blockMs: 1 });
      await using threads = await startThreads(servers, { consumerWorkers: 0, claimIdleMs: 1_000 });
      await checkSetAside(servers, { healthy: 2, poison: poison.slice(1, 2) });
      expect(threads.restarts()).toBeLessThanOrEqual(RESTARTS_MAX);
      expect(threads.fatal).toEqual([]);
    },
    TIMEOUT_MS,
  );
});

test(
  "sets nothing aside when every entry crashes, and exits",
  async () => {
    await using servers = await openEngineServers();
    const { redis, key, sql } = servers;
    await append(servers, healthyPaths(20));
    const small = { batchEntriesMax: 2, claimIdleMs: 1_000 };
    for (let starts = 0; starts < 2; starts += 1) {
      await using broken = await startThreads(servers, small, BROKEN_CHILD);
      await eventually(() => expect(broken.fatal).toHaveLength(1), 60_000);
    }
    expect(await redis.hgetall(`${key.stream}:${key.group}:trials`)).toEqual({});
    expect([...(await sql`SELECT FROM dead_events`)]).toEqual([]);
    await using fixed = await startThreads(servers, { claimIdleMs: 1_000 });
    await checkSetAside(servers, { healthy: 20, poison: [] });
    expect(fixed.restarts()).toBe(0);
  },
  TIMEOUT_MS,
);

test(
  "stores an entry that was delivered often and crashes nothing",
  async () => {
    await using servers = await openEngineServers();
    const { redis, key } = servers;
    await ensureGroup(redis, key, recordingLog().log);
    await append(servers, healthyPaths(50));
    const gone = { ...key, consumer: "gone" };
    await readNew(redis, gone, { entriesMax: 100, blockMs: 1 });
    for (let times = 0; times < 30; times += 1) {
      await readPending(redis, gone, { afterId: "0", entriesMax: 100 });
    }
    await using threads = await startThreads(servers, { claimIdleMs: 1_000 });
    await checkSetAside(servers, { healthy: 50, poison: [] });
    expect(threads.restarts()).toBe(0);
  },
  TIMEOUT_MS,
);

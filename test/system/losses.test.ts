import { expect, test } from "bun:test";
import type { CommandReport } from "../../src/cli/status/read-status.ts";
import { notedLosses } from "../../src/stream/inspect/loss-notes.ts";
import { parseState, watchKey } from "../../src/stream/inspect/stream-state.ts";
import type { RedisConnection } from "../../src/stream/redis/redis-connection.ts";
import { runQueueflow } from "../cli/run-queueflow.ts";
import { sendEvent } from "../support/api-client.ts";
import { type Engine, startEngine } from "../support/engine.ts";
import {
  type EngineServers,
  openEngineServers,
  untilDrained,
  untilMigrated,
} from "../support/engine-servers.ts";
import { eventually } from "../support/eventually.ts";
import { Scrape } from "../support/metrics-samples.ts";
import { sampleBody } from "../support/sample-event.ts";
import { ownRedis, testServers } from "../support/servers.ts";
import { pendingOf } from "../support/stream-fixture.ts";
import { openTcpProxy, throughProxy } from "../support/tcp-proxy.ts";

const TIMEOUT_MS = 240_000;
const REPLACED =
  "The stream was deleted or replaced by an older one before its entries were delivered: these events are lost";
const EVENTS = 300;

async function send(engine: Engine, events: number): Promise<void> {
  for (let sent = 0; sent < events; sent += 50) {
    const answers = await Promise.all(
      Array.from({ length: Math.min(50, events - sent) }, async () => {
        return await sendEvent(engine, sampleBody({ event_id: undefined }));
      }),
    );
    for (const { status } of answers) expect(status).toBe(202);
  }
}

async function storedIn({ sql }: EngineServers): Promise<number> {
  const [row] = await sql`SELECT count(*)::int AS events FROM events`;
  return Number(row?.["events"]);
}

async function healthOf(engine: Engine): Promise<unknown> {
  return await (await fetch(`${engine.url}/health`)).json();
}

async function missingIn(engine: Engine): Promise<number> {
  const metrics = await (await fetch(`${engine.url}/metrics`)).text();
  return new Scrape(metrics).value("queueflow_entries_missing_total") ?? 0;
}

/** Sends one event to each consumer. None can store it, so that no later event is delivered. */
async function occupy(engine: Engine, { redis, key }: EngineServers, consumers: number) {
  for (let pending = 1; pending <= consumers; pending += 1) {
    await send(engine, 1);
    await eventually(async () => expect(await pendingOf(redis, key)).toBe(pending));
  }
}

/** Waits until every watch, which checks twice a second, has seen the last entry, with nothing delivered for two seconds. */
async function untilSeen(redis: RedisConnection, { key }: EngineServers): Promise<void> {
  await eventually(async () => {
    const kept = parseState((await redis.hget(watchKey(key), "state")) ?? "");
    const [last] = await redis.xrevrange(key.stream, "+", "-", "COUNT", 1);
    expect(kept).toMatchObject({ generated: last?.[0], window: 0, lastWindow: 0 });
    expect(kept.at - kept.windowAt).toBeGreaterThan(450);
  }, 60_000);
}

const WAYS: readonly (readonly [string, (redis: RedisConnection, stream: string) => unknown])[] = [
  ["FLUSHALL", async (redis) => await redis.flushall()],
  ["DEL", async (redis, stream) => await redis.del(stream)],
  ["RENAME", async (redis, stream) => await redis.rename(stream, "elsewhere")],
];

test.each(WAYS)(
  "%s of undelivered entries is one loss until acknowledged",
  async (_, take) => {
    await using own = await ownRedis();
    await using servers = await openEngineServers({ redisUrl: own.redisUrl });
    const { redis, key, sql } = servers;
    const env = { ...servers.env, CONSUMER_WORKERS: "1", INGEST_WORKERS: "1" };
    await using first = await startEngine({ env });
    await untilMigrated(first);
    await using second = await startEngine({ env });
    const engines = [first, second];
    const held = 2;
    await sql.begin(async (tx) => {
      await tx`LOCK TABLE events IN ACCESS EXCLUSIVE MODE`;
      await occupy(first, servers, held);
      await send(first, EVENTS - held);
      await untilSeen(redis, servers);
      await take(redis, key.stream);
      await eventually(async () => {
        expect((await missingIn(first)) + (await missingIn(second))).toBe(EVENTS - held);
      });
    });
    // Entries that consumers held are stored all the same.
    await send(first, 10);
    await eventually(async () => expect(await storedIn(servers)).toBe(held + 10), 60_000);
    const lost = EVENTS - held;
    const [reported] = await eventually(() => {
      const records = engines.flatMap(({ output }) => output.records);
      const ofLoss = records.filter(({ msg }) => msg === REPLACED);
      expect(ofLoss).toHaveLength(1);
      return ofLoss;
    });
    expect(reported).toMatchObject({ level: "error", entries: lost, remedy: expect.any(String) });

    const run = async (...args: string[]) =>
      await runQueueflow(args, { env: { ...env, API_PORT: String(second.port) } });
    await eventually(async () => expect(await notedLosses(redis, key)).toEqual([]));
    expect(await healthOf(second)).toMatchObject({ status: "degraded", losses: { entries: lost } });
    const status = await run("status", "--json");
    expect(JSON.parse(status.stdout) as CommandReport).toMatchObject({ losses: { entries: lost } });
    expect(status.exitCode).toBe(1);
    expect((await run("doctor")).stdout).toContain(`at least ${lost} accepted events lost`);

    // The loss outlives the engines and another flush, which loses nothing.
    await first.stop();
    await redis.flushall();
    await using third = await startEngine({ env });
    expect(await healthOf(third)).toMatchObject({ losses: { entries: lost } });
    expect((await run("losses")).stdout).toContain(
      `at least ${lost} events  stream replaced  no\n`,
    );
    expect((await run("losses", "acknowledge")).stdout).toBe(
      `Acknowledged 1 loss of at least ${lost} events.\n`,
    );
    expect((await run("losses", "acknowledge")).stdout).toBe(
      "There are no losses to acknowledge.\n",
    );
    expect((await run("losses")).stdout).toContain("stream replaced  20");
    await eventually(async () => {
      expect(await healthOf(third)).toMatchObject({
        status: "ok",
        losses: { entries: 0, since: null },
      });
    });
    expect(await missingIn(third)).toBe(0);
  },
  TIMEOUT_MS,
);

test(
  "keeps a loss in Redis while PostgreSQL is down",
  async () => {
    await using own = await ownRedis();
    const { databaseUrl } = await testServers();
    await using proxy = openTcpProxy(databaseUrl);
    await using servers = await openEngineServers({ redisUrl: own.redisUrl });
    const { redis, key } = servers;
    const env = {
      ...servers.env,
      DATABASE_URL: throughProxy(servers.env["DATABASE_URL"] ?? "", proxy),
      CONSUMER_WORKERS: "1",
    };
    await using engine = await startEngine({ env });
    await send(engine, 5);
    await untilDrained(servers);
    proxy.mode = "refuse";
    proxy.cut();
    await occupy(engine, servers, 1);
    const lost = EVENTS;
    await send(engine, lost);
    await untilSeen(redis, servers);
    await redis.del(key.stream);
    await engine.output.record(REPLACED);
    const losses = { entries: lost };
    await eventually(async () => expect(await healthOf(engine)).toMatchObject({ losses }));
    await engine.kill();
    // The engine starts without PostgreSQL, and reads the loss from Redis.
    await using next = await startEngine({ env });
    await eventually(async () => expect(await healthOf(next)).toMatchObject({ losses }));
    proxy.mode = "pass";
    await eventually(async () => {
      expect(await notedLosses(redis, key)).toEqual([]);
      expect(await healthOf(next)).toMatchObject({ losses });
    }, 60_000);
    expect(next.output.records.filter(({ msg }) => msg === REPLACED)).toEqual([]);
  },
  TIMEOUT_MS,
);

test(
  "finds at startup a loss that occurred while it was down",
  async () => {
    await using own = await ownRedis();
    await using servers = await openEngineServers({ redisUrl: own.redisUrl });
    const { redis, sql } = servers;
    const env = { ...servers.env, CONSUMER_WORKERS: "1", INGEST_WORKERS: "1" };
    await using engine = await startEngine({ env });
    await untilMigrated(engine);
    const lost = EVENTS;
    await sql.begin(async (tx) => {
      await tx`LOCK TABLE events IN ACCESS EXCLUSIVE MODE`;
      await occupy(engine, servers, 1);
      await send(engine, lost);
      await untilSeen(redis, servers);
      await eventually(async () => {
        const [row] = await tx`SELECT state FROM stream_states`;
        expect(row?.["state"]).toMatchObject({ undelivered: lost, window: 0, lastWindow: 0 });
      }, 30_000);
      await engine.kill();
    });
    await redis.flushall();
    await using next = await startEngine({ env });
    expect(await next.output.record(REPLACED)).toMatchObject({ level: "error", entries: lost });
    await eventually(async () => {
      expect(await healthOf(next)).toMatchObject({ losses: { entries: lost } });
    });
  },
  TIMEOUT_MS,
);

test(
  "reports no loss after starts, stops and restarts",
  async () => {
    await using own = await ownRedis();
    await using servers = await openEngineServers({ redisUrl: own.redisUrl });
    const { redis, key } = servers;
    const env = { ...servers.env, CONSUMER_WORKERS: "1", INGEST_WORKERS: "1" };
    for (let run = 1; run <= 2; run += 1) {
      await using engine = await startEngine({ env });
      await send(engine, 200);
      await untilDrained(servers);
      expect(engine.output.records.filter(({ level }) => level === "error")).toEqual([]);
      expect(await healthOf(engine)).toMatchObject({ losses: { entries: 0 } });
      await engine.stop();
      await redis.xtrim(key.stream, "MAXLEN", 0);
    }
    await redis.flushall();
    await using engine = await startEngine({ env });
    await send(engine, 20);
    await untilDrained(servers);
    await redis.del(key.stream);
    await engine.output.record(
      "The consumer group was gone: it was created again, at the stream's first entry",
    );
    await send(engine, 20);
    await untilDrained(servers);
    expect(await missingIn(engine)).toBe(0);
    expect(await storedIn(servers)).toBe(440);
  },
  TIMEOUT_MS,
);

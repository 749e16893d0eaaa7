import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  closeShardConnections,
  openShardConnections,
  type ShardConnection,
} from "../../src/stream/shards/shard-connections.ts";
import { type CommandResult, runQueueflow } from "../cli/run-queueflow.ts";
import { type Engine, startEngine } from "../support/engine.ts";
import {
  checkAllStored,
  type EngineServers,
  openEngineServers,
  untilDrained,
  untilMigrated,
} from "../support/engine-servers.ts";
import { type Load, startLoad } from "../support/load.ts";
import { Sent } from "../support/postgres-bench.ts";
import { type RedisCluster, startCluster } from "../support/scale/redis-cluster.ts";
import { SERVERS_START_TIMEOUT_MS } from "../support/servers.ts";

const TIMEOUT_MS = 240_000;
const EVENTS_EACH = 300;
const SHARDS = 3;

const stack = new AsyncDisposableStack();
const all = new Sent();
let cluster: RedisCluster;
let servers: EngineServers;
let engine: Engine;
let shards: readonly ShardConnection[] = [];

beforeAll(async () => {
  cluster = stack.use(await startCluster());
  // Each shard of this stream has its slot on another master.
  const stream = "events_stream";
  servers = stack.use(await openEngineServers({ redisUrl: cluster.url, stream }));
  const { group } = servers.key;
  shards = openShardConnections({ redisUrl: cluster.url, stream, group, shards: SHARDS });
  stack.defer(async () => await closeShardConnections(shards));
  const env = { ...servers.env, REDIS_SHARDS: String(SHARDS), REDIS_REPLICAS_MIN: "1" };
  engine = stack.use(await startEngine({ env }));
  await untilMigrated(engine);
}, SERVERS_START_TIMEOUT_MS);

afterAll(async () => await stack.disposeAsync(), TIMEOUT_MS);

/** Sends events while `change` happens, and is accepting afterwards. Each accepted event is stored once. */
async function survive(change: (load: Load) => Promise<void>): Promise<void> {
  await cluster.untilWhole();
  await using load = startLoad({ url: () => engine.url });
  await load.untilAccepted(EVENTS_EACH);
  await change(load);
  await load.untilAccepted(EVENTS_EACH);
  await load.stop();
  // First, so that a failure here is not one of every later test.
  all.add(load);
  // On a busy machine, no shard may answer in time.
  const others = [...load.statuses.keys()].filter((status) => status !== 202 && status !== 503);
  expect(others).toEqual([]);
  await cluster.untilWhole();
  for (const { redis, key } of shards) await untilDrained({ redis, key });
  await checkAllStored({ ...servers, ...shards[0] }, all);
}

async function importEvent(env: Readonly<Record<string, string>>): Promise<CommandResult> {
  const eventId = Bun.randomUUIDv7();
  const record = {
    event_id: eventId,
    site_id: "load",
    event_type: "page_view",
    path: "/imported",
    user_id: "importer",
    timestamp: "2026-01-15T12:00:00.000Z",
  };
  all.sent.add(eventId);
  const result = await runQueueflow(["import", "-"], { env, stdin: `${JSON.stringify(record)}\n` });
  if (result.exitCode === 0) all.accepted.add(eventId);
  return result;
}

function streamOf(index: number): string {
  return shards[index]?.key.stream ?? "";
}

describe("shards on a Redis Cluster", () => {
  test(
    "are spread over its masters and stored",
    async () => {
      await survive(async () => undefined);
      const masters = await Promise.all(
        shards.map(async ({ key }) => (await cluster.masterOf(key.stream)).port),
      );
      expect(new Set(masters).size).toBe(SHARDS);
    },
    TIMEOUT_MS,
  );

  test.each([
    ["the first shard", 0],
    ["another shard", 1],
  ])(
    "lose nothing when the master of %s is killed",
    async (_, index) => {
      const stream = streamOf(index);
      await survive(async (load) => {
        const old = await cluster.masterOf(stream);
        await old.kill();
        await load.untilAccepted(EVENTS_EACH);
        await cluster.untilReplaced(stream, old);
        await old.start();
      });
    },
    TIMEOUT_MS,
  );

  test(
    "lose nothing when a master hangs",
    async () => {
      await survive(async (load) => {
        const old = await cluster.masterOf(streamOf(2));
        await old.suspend();
        await load.untilAccepted(EVENTS_EACH);
        await cluster.untilReplaced(streamOf(2), old);
        old.resume();
      });
    },
    TIMEOUT_MS,
  );

  test(
    "lose nothing when a slot moves",
    async () => {
      await survive(async (load) => {
        await cluster.moveSlot(streamOf(1), async () => await load.untilAccepted(EVENTS_EACH));
      });
    },
    TIMEOUT_MS,
  );

  test(
    "leave health and import working without the first",
    async () => {
      await survive(async (load) => {
        const old = await cluster.masterOf(streamOf(0));
        await old.kill();
        const master = await cluster.untilReplaced(streamOf(0), old);
        await master.kill();
        const env = { ...servers.env, REDIS_SHARDS: String(SHARDS), INGEST_WORKERS: "0" };
        expect(await runQueueflow(["health"], { env })).toMatchObject({ stdout: "ready\n" });
        expect(await importEvent(env)).toMatchObject({ exitCode: 0 });
        await load.untilAccepted(EVENTS_EACH);
        await master.start();
        await old.start();
      });
    },
    TIMEOUT_MS,
  );
});

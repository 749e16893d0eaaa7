import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Engine, startEngine } from "../support/engine.ts";
import {
  checkAllStored,
  type EngineServers,
  openEngineServers,
  untilMigrated,
} from "../support/engine-servers.ts";
import { eventually } from "../support/eventually.ts";
import { type Load, startLoad } from "../support/load.ts";
import { Sent } from "../support/postgres-bench.ts";
import { type RedisCluster, startCluster } from "../support/scale/redis-cluster.ts";
import type { RedisNode } from "../support/scale/redis-node.ts";
import { SERVERS_START_TIMEOUT_MS } from "../support/servers.ts";

const TIMEOUT_MS = 180_000;
const EVENTS_EACH = 300;

const stack = new AsyncDisposableStack();
const all = new Sent();
let cluster: RedisCluster;
let servers: EngineServers;
let engine: Engine;

beforeAll(async () => {
  cluster = stack.use(await startCluster());
  servers = stack.use(await openEngineServers({ redisUrl: cluster.url }));
  const env = { ...servers.env, REDIS_REPLICAS_MIN: "1" };
  engine = stack.use(await startEngine({ env }));
  await untilMigrated(engine);
}, SERVERS_START_TIMEOUT_MS);

afterAll(async () => await stack.disposeAsync(), TIMEOUT_MS);

/** Sends events while `change` happens to the stream's master. Each accepted one is stored once. */
async function survive(change: (master: RedisNode, load: Load) => Promise<void>): Promise<void> {
  await cluster.untilWhole();
  await using load = startLoad({ url: () => engine.url });
  await load.untilAccepted(EVENTS_EACH);
  await change(await cluster.masterOf(servers.key.stream), load);
  await load.untilAccepted(EVENTS_EACH);
  await load.stop();
  all.add(load);
  await checkAllStored(servers, all);
}

describe("a REDIS_URL of a cluster", () => {
  test(
    "has every key of the engine in one slot",
    async () => {
      await survive(async () => undefined);
      const { stream } = servers.key;
      const master = await cluster.masterOf(stream);
      for (const node of cluster.nodes) {
        const keys = (await node.call("KEYS", "*")) as string[];
        const isMaster = node === master;
        if (isMaster) expect(keys).toContain(stream);
        for (const key of keys) {
          expect(key === stream || key.startsWith(`{${stream}}:`)).toBeTrue();
          expect(await cluster.masterOf(key)).toBe(master);
        }
      }
    },
    TIMEOUT_MS,
  );

  test(
    "leads to the replica that takes a killed master's place",
    async () => {
      await survive(async (old) => {
        await old.kill();
        await cluster.untilReplaced(servers.key.stream, old);
        await old.start();
      });
    },
    TIMEOUT_MS,
  );

  test(
    "follows a planned failover",
    async () => {
      await survive(async (old) => {
        await cluster.failOver(old);
        await cluster.untilReplaced(servers.key.stream, old);
      });
    },
    TIMEOUT_MS,
  );

  test(
    "leaves a master that hangs, and stays away from it",
    async () => {
      await survive(async (old) => {
        await old.suspend();
        await cluster.untilReplaced(servers.key.stream, old);
        old.resume();
      });
    },
    TIMEOUT_MS,
  );

  test(
    "accepts events while their slot moves",
    async () => {
      await survive(async (_, load) => {
        await cluster.moveSlot(servers.key.stream, async () => await load.untilAccepted(50));
      });
    },
    TIMEOUT_MS,
  );

  test(
    "waits while the cluster is down",
    async () => {
      await cluster.requireFullCoverage(true);
      await survive(async (master) => {
        const others = cluster.nodes.filter((node) => node !== master);
        const [lost] = await mastersOf(others);
        await lost?.kill();
        await eventually(async () => {
          expect(String(await master.call("CLUSTER", "INFO"))).toContain("cluster_state:fail");
        });
        await lost?.start();
      });
    },
    TIMEOUT_MS,
  );
});

async function mastersOf(nodes: readonly RedisNode[]): Promise<readonly RedisNode[]> {
  const roles = await Promise.all(
    nodes.map(async (node) => String(await node.call("INFO", "replication"))),
  );
  return nodes.filter((_, i) => /role:master/.test(roles[i] ?? ""));
}

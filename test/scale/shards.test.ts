import { describe, expect, test } from "bun:test";
import { type ShardedStream, shardStreams } from "../../src/stream/shards/shard-streams.ts";
import { runQueueflow } from "../cli/run-queueflow.ts";
import { ask, readStats } from "../support/api-client.ts";
import { startEngine } from "../support/engine.ts";
import {
  checkAllStored,
  type EngineServers,
  openEngineServers,
  untilDrained,
  untilMigrated,
} from "../support/engine-servers.ts";
import { eventually } from "../support/eventually.ts";
import { type Load, startLoad } from "../support/load.ts";
import { sampleBody } from "../support/sample-event.ts";

const TIMEOUT_MS = 120_000;
const EVENTS = 400;

function streamsOf({ key }: EngineServers, shards: ShardedStream["shards"]): readonly string[] {
  return shardStreams({ stream: key.stream, shards });
}

/** Returns how many entries a stream ever got. */
async function appendedTo({ redis }: EngineServers, stream: string): Promise<number> {
  const info = (await redis.xinfo("STREAM", stream)) as unknown[];
  return Number(info[info.indexOf("entries-added") + 1]);
}

async function checkShardsStored(
  servers: EngineServers,
  { shards, load }: { readonly shards: number; readonly load: Load },
): Promise<void> {
  for (const stream of streamsOf(servers, shards)) {
    await untilDrained({ ...servers, key: { ...servers.key, stream } });
  }
  await checkAllStored(servers, load);
}

describe("an engine with shards on one Redis", () => {
  test(
    "appends to every shard and stores all events",
    async () => {
      await using servers = await openEngineServers();
      // A thread has two of the shards.
      const env = { ...servers.env, REDIS_SHARDS: "3", CONSUMER_WORKERS: "2" };
      await using engine = await startEngine({ env });
      await untilMigrated(engine);
      await using load = startLoad({ url: () => engine.url });
      for (const stream of streamsOf(servers, 3)) {
        await eventually(async () => expect(await appendedTo(servers, stream)).toBeGreaterThan(0));
      }
      await load.untilAccepted(EVENTS);
      await load.stop();
      expect([...load.statuses.keys()]).toEqual([202]);
      await checkShardsStored(servers, { shards: 3, load });
      const { headers } = await readStats(engine, { site_id: "load", date: "2026-01-15" });
      expect(headers.get("x-queueflow-pending")).toBe("0");
      const { body } = await ask(engine, "/event?wait=true", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(sampleBody()),
      });
      expect(body).toMatchObject({ status: "stored" });
      expect(await engine.stop()).toBe(0);
    },
    TIMEOUT_MS,
  );

  test(
    "gives the events of a shard that fails to others",
    async () => {
      await using servers = await openEngineServers();
      const { redis } = servers;
      const [, broken = ""] = streamsOf(servers, 3);
      await redis.set(broken, "no stream");
      await using engine = await startEngine({ env: { ...servers.env, REDIS_SHARDS: "3" } });
      await using load = startLoad({ url: () => engine.url });
      await load.untilAccepted(EVENTS);
      await engine.output.record("Appends to a shard failed; its events go to others");
      const ready = await fetch(`${engine.url}/health/ready`);
      expect(ready.status).toBe(200);
      const metrics = await (await fetch(`${engine.url}/metrics`)).text();
      expect(metrics).toContain(`queueflow_shard_up{shard="${broken}"} 0`);
      const { body } = await ask(engine, "/health");
      expect(body["degraded_by"]).toContain(`the Redis of shard ${broken} does not answer`);
      await redis.del(broken);
      await eventually(async () => expect(await appendedTo(servers, broken)).toBeGreaterThan(0));
      await load.stop();
      expect([...load.statuses.keys()]).toEqual([202]);
      await checkShardsStored(servers, { shards: 3, load });
    },
    TIMEOUT_MS,
  );

  test(
    "stores what others append to shards that it does not count",
    async () => {
      await using servers = await openEngineServers();
      const { env } = servers;
      await using store = await startEngine({ env: { ...env, INGEST_WORKERS: "0" } });
      const ingestEnv = { ...env, REDIS_SHARDS: "3", CONSUMER_WORKERS: "0" };
      await using ingest = await startEngine({ env: ingestEnv });
      await using load = startLoad({ url: () => ingest.url });
      await load.untilAccepted(EVENTS);
      await load.stop();
      for (const stream of streamsOf(servers, 3)) {
        expect(await appendedTo(servers, stream)).toBeGreaterThan(0);
      }
      await checkShardsStored(servers, { shards: 3, load });
      expect(await ingest.stop()).toBe(0);
      expect(await store.stop()).toBe(0);
    },
    TIMEOUT_MS,
  );

  test(
    "names and stores what is left in shards that it no longer counts",
    async () => {
      await using servers = await openEngineServers();
      const { env } = servers;
      const before = { ...env, REDIS_SHARDS: "2", CONSUMER_WORKERS: "0" };
      await using ingest = await startEngine({ env: before });
      await using load = startLoad({ url: () => ingest.url });
      await load.untilAccepted(EVENTS);
      await load.stop();
      expect(await ingest.stop()).toBe(0);
      const [, former = ""] = streamsOf(servers, 2);
      const left = await appendedTo(servers, former);
      const shell = { env: { ...env, INGEST_WORKERS: "0" } };
      const { stdout } = await runQueueflow(["doctor", "--json"], shell);
      const { findings } = JSON.parse(stdout) as { findings: { about: string; found: string }[] };
      expect(findings.filter(({ about }) => about === "former shard")).toMatchObject([
        {
          state: "warning",
          found: `${left} events in ${former} not yet stored, which REDIS_SHARDS=1 does not count`,
        },
      ]);
      const status = await runQueueflow(["status", "--json"], shell);
      expect(JSON.parse(status.stdout)).toMatchObject({
        stream: { backlog_entries: load.accepted.size },
      });
      await using after = await startEngine({ env });
      await checkShardsStored(servers, { shards: 2, load });
      expect(await after.stop()).toBe(0);
    },
    TIMEOUT_MS,
  );
});

import { expect, test } from "bun:test";
import { ask, readStats } from "../support/api-client.ts";
import { spawnEngine, startEngine } from "../support/engine.ts";
import {
  checkAllStored,
  type EngineServers,
  openEngineServers,
  untilDrained,
  untilMigrated,
} from "../support/engine-servers.ts";
import { eventually } from "../support/eventually.ts";
import { startLoad } from "../support/load.ts";
import { testPort } from "../support/test-port.ts";

const TIMEOUT_MS = 120_000;
const EVENTS = 500;

test(
  "reports the backlog of an ingest-only engine until drained",
  async () => {
    await using servers = await openEngineServers();
    const { env } = servers;
    await using ingest = await startEngine({ env: { ...env, CONSUMER_WORKERS: "0" } });
    await using load = startLoad({ url: () => ingest.url });
    await load.untilAccepted(EVENTS);
    await untilMigrated(ingest);
    const behind = await readStats(ingest, { site_id: "load", date: "2026-01-15" });
    expect(behind.body["total_views"]).toBe(0);
    expect(Number(behind.headers.get("x-queueflow-pending"))).toBeGreaterThanOrEqual(EVENTS);
    expect(Number(behind.headers.get("x-queueflow-lag-ms"))).toBeGreaterThan(0);

    await using consume = await startEngine({ env: { ...env, INGEST_WORKERS: "0" } });
    expect(consume.output.errors).toContain("none in this process (INGEST_WORKERS=0)");
    expect(await fetch(consume.url).catch(() => "refused")).toBe("refused");
    await load.untilAccepted(EVENTS);
    await load.stop();
    await untilDrained(servers);
    const caughtUp = await readStats(ingest, { site_id: "load", date: "2026-01-15" });
    expect(caughtUp.headers.get("x-queueflow-pending")).toBe("0");
    expect(caughtUp.headers.get("x-queueflow-lag-ms")).toBe("0");
    expect(Number(caughtUp.body["total_views"])).toBeGreaterThan(0);
    await checkAllStored(servers, load);
    expect(await consume.stop()).toBe(0);
    expect(await ingest.stop()).toBe(0);
  },
  TIMEOUT_MS,
);

test(
  "two engines share a stream, and one survives the other",
  async () => {
    await using servers = await openEngineServers();
    const env = {
      ...servers.env,
      CLAIM_IDLE_MS: "1000",
      BATCH_ENTRIES_MAX: "20",
      LOG_LEVEL: "debug",
    };
    // They migrate an empty database concurrently.
    const [first, second] = await Promise.all([startEngine({ env }), startEngine({ env })]);
    await using stack = new AsyncDisposableStack();
    stack.use(first);
    stack.use(second);
    const engines = [first, second];
    await using load = startLoad({
      url: () => engines[Math.floor(Math.random() * engines.length)]?.url ?? first.url,
    });
    await load.untilAccepted(EVENTS);
    for (const { output } of engines) await output.record("XACK done");
    engines.pop();
    await second.kill();
    await load.untilAccepted(EVENTS);
    await load.stop();
    await checkAllStored(servers, load);
    const migrated = [...first.output.records, ...second.output.records].filter(
      ({ msg }) => msg === "Migration applied",
    );
    expect(new Set(migrated.map((record) => record["version"])).size).toBe(migrated.length);
    expect(await first.stop()).toBe(0);
  },
  TIMEOUT_MS,
);

test(
  "a second engine on the same port warns and serves",
  async () => {
    await using servers = await openEngineServers();
    const env = { ...servers.env, CLAIM_IDLE_MS: "1000" };
    await using first = await startEngine({ env });
    await using second = spawnEngine({ env: { ...env, API_PORT: String(first.port) } });
    const warning = await second.output.record(
      "Another process listens on this port too and takes a share of its requests",
    );
    expect(warning.level).toBe("warn");
    await second.running;
    await using load = startLoad({ url: () => first.url });
    await load.untilAccepted(EVENTS);
    // As in a rolling restart.
    expect(await first.stop()).toBe(0);
    await load.untilAccepted(EVENTS);
    await load.stop();
    expect((await ask(second, "/health/ready")).status).toBe(200);
    await checkAllStored(servers, load);
    expect(second.output.strayLines).toEqual([]);
  },
  TIMEOUT_MS,
);

for (const killed of ["first", "second"] as const) {
  test(
    `stores the batch of the ${killed} of two engines on a port`,
    async () => {
      await using servers = await openEngineServers();
      const env = {
        ...servers.env,
        API_PORT: String(testPort()),
        CLAIM_IDLE_MS: "1000",
        BATCH_ENTRIES_MAX: "20",
        CONSUMER_WORKERS: "1",
      };
      await using first = await startEngine({ env });
      await untilMigrated(first);
      await using second = await startEngine({ env });
      const [victim, survivor] = killed === "first" ? [first, second] : [second, first];
      await using load = startLoad({ url: () => first.url });
      await load.untilAccepted(EVENTS);
      await servers.sql.begin(async (tx) => {
        await tx`LOCK TABLE events IN ACCESS EXCLUSIVE MODE`;
        // Both have pending entries, and their transactions wait for the lock.
        await eventually(async () => {
          expect(await consumersWithPending(servers)).toBe(2);
          const waiting = await tx`
            SELECT DISTINCT pid FROM pg_locks WHERE relation = 'events'::regclass AND NOT granted
          `;
          expect(waiting.length).toBeGreaterThanOrEqual(2);
        });
        await victim.kill();
        await load.untilAccepted(EVENTS);
      });
      await survivor.output.record("Took over entries left unacknowledged");
      await load.stop();
      await checkAllStored(servers, load);
      expect(await survivor.stop()).toBe(0);
    },
    TIMEOUT_MS,
  );
}

async function consumersWithPending({ redis, key }: EngineServers): Promise<number> {
  const consumers = (await redis.xinfo("CONSUMERS", key.stream, key.group)) as unknown[][];
  return consumers.filter((consumer) => Number(consumer[consumer.indexOf("pending") + 1]) > 0)
    .length;
}

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { appendEntry } from "../../src/stream/append-entry.ts";
import { runQueueflow } from "../cli/run-queueflow.ts";
import { type Engine, startEngine } from "../support/engine.ts";
import {
  checkAllStored,
  type EngineServers,
  openEngineServers,
  untilMigrated,
} from "../support/engine-servers.ts";
import { eventually } from "../support/eventually.ts";
import { startLoad } from "../support/load.ts";
import { Sent } from "../support/postgres-bench.ts";
import { rejectionOf } from "../support/rejection-of.ts";
import { type SentinelServers, startSentinels } from "../support/scale/redis-sentinels.ts";
import { SERVERS_START_TIMEOUT_MS } from "../support/servers.ts";

const TIMEOUT_MS = 180_000;
const EVENTS_EACH = 300;

/** Refused, but stored: one replica has it. */
const REFUSED = Bun.randomUUIDv7();
const ONE_EVENT = {
  method: "POST",
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify({
    site_id: "load",
    event_type: "page_view",
    path: "/",
    user_id: "user-1",
    timestamp: "2026-01-14T12:00:00Z",
    event_id: REFUSED,
  }),
};

const stack = new AsyncDisposableStack();
const all = new Sent();
let redis: SentinelServers;
let servers: EngineServers;
let engine: Engine;

beforeAll(async () => {
  redis = stack.use(await startSentinels());
  servers = stack.use(await openEngineServers({ redisUrl: redis.url }));
  const env = { ...servers.env, REDIS_REPLICAS_MIN: "2" };
  engine = stack.use(await startEngine({ env }));
  await untilMigrated(engine);
}, SERVERS_START_TIMEOUT_MS);

afterAll(async () => await stack.disposeAsync(), TIMEOUT_MS);

/** Sends events while `change` happens. Each accepted one is stored once. */
async function survive(change: () => Promise<void>): Promise<void> {
  await redis.untilWhole();
  await using load = startLoad({ url: () => engine.url });
  await load.untilAccepted(EVENTS_EACH);
  await change();
  await load.untilAccepted(EVENTS_EACH);
  await load.stop();
  all.add(load);
  await checkAllStored(servers, all);
}

test(
  "doctor looks at each replica of the master",
  async () => {
    await redis.untilWhole();
    const env = { ...servers.env, REDIS_REPLICAS_MIN: "2" };
    const master = await redis.master();
    const [replica] = redis.nodes.filter((node) => node !== master);
    await replica?.call("CONFIG", "SET", "appendfsync", "everysec");
    const { stdout } = await runQueueflow(["doctor"], { env });
    await replica?.call("CONFIG", "SET", "appendfsync", "always");
    expect(stdout).toContain("2 in step, and REDIS_REPLICAS_MIN is 2");
    expect(stdout).toMatch(/127\.0\.0\.1:\d+.*appendfsync everysec: it confirms events before/);
    expect(stdout).toContain("Set `min-replicas-to-write 2`");
  },
  TIMEOUT_MS,
);

test("a dead letter's entry waits for replicas too", async () => {
  const append = appendEntry(servers.redis, {
    stream: `${servers.key.stream}_other`,
    fields: { a: "b" },
    replicasMin: 3,
  });
  expect(await rejectionOf(append)).toMatchObject({
    code: "stream_unavailable",
    message: "2 of 3 replicas of Redis have the event",
  });
});

describe("a REDIS_URL of sentinels", () => {
  test(
    "leads to the master that takes a killed one's place",
    async () => {
      await survive(async () => {
        const old = await redis.master();
        await old.kill();
        await redis.untilReplaced(old);
        all.sent.add(REFUSED);
        await eventually(async () => {
          const response = await fetch(`${engine.url}/event`, ONE_EVENT);
          expect(response.status).toBe(503);
          expect(await response.text()).toContain("1 of 2 replicas of Redis have the event");
        });
        await old.start();
      });
    },
    TIMEOUT_MS,
  );

  test(
    "leaves a master that is replaced as planned",
    async () => {
      await survive(async () => {
        const old = await redis.master();
        await redis.failOver();
        await redis.untilReplaced(old);
      });
    },
    TIMEOUT_MS,
  );

  test(
    "leaves a master that hangs, and stays away from it",
    async () => {
      await survive(async () => {
        const old = await redis.master();
        await old.suspend();
        await redis.untilReplaced(old);
        old.resume();
      });
    },
    TIMEOUT_MS,
  );
});

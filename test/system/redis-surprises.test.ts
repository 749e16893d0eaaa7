import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { sendEvent } from "../support/api-client.ts";
import { type Engine, startEngine } from "../support/engine.ts";
import type { EngineRecord } from "../support/engine-output.ts";
import {
  checkAllStored,
  type EngineServers,
  openEngineServers,
  untilDrained,
} from "../support/engine-servers.ts";
import { eventually } from "../support/eventually.ts";
import { Scrape } from "../support/metrics-samples.ts";
import { sampleBody } from "../support/sample-event.ts";
import { ownRedis, SERVERS_START_TIMEOUT_MS } from "../support/servers.ts";
import { pendingOf } from "../support/stream-fixture.ts";

const TIMEOUT_MS = 120_000;
const GROUP_GONE = "The consumer group was gone: it was created again, at the stream's first entry";
const ENTRIES_GONE = "Entries were deleted from the stream before they were stored";
const NEVER_DELIVERED =
  "Entries were deleted from the stream before they were delivered: these events are lost";
const NOT_PENDING =
  "Stored entries were no longer pending: another consumer finished them too, or the group is gone";

const stack = new AsyncDisposableStack();
let servers: EngineServers;
let engine: Engine;
/** Everything that this file has sent; what was stored before a surprise stays stored after it. */
const accepted = new Set<string>();

beforeAll(async () => {
  const { redisUrl } = stack.use(await ownRedis());
  servers = stack.use(await openEngineServers({ redisUrl }));
  const env = { ...servers.env, CLAIM_IDLE_MS: "1000", CONSUMER_WORKERS: "3" };
  engine = stack.use(await startEngine({ env }));
}, SERVERS_START_TIMEOUT_MS);
afterAll(async () => await stack.disposeAsync(), TIMEOUT_MS);

async function send(events: number): Promise<void> {
  for (let number = 0; number < events; number += 1) {
    const { status, body } = await sendEvent(engine, sampleBody({ event_id: undefined }));
    expect(status).toBe(202);
    accepted.add(String(body["event_id"]));
  }
}

async function destroyGroup(): Promise<void> {
  await servers.redis.xgroup("DESTROY", servers.key.stream, servers.key.group);
}

function recordsOf(sentence: string): readonly EngineRecord[] {
  return engine.output.records.filter(({ msg }) => msg === sentence);
}

/** Holds the consumers' transactions back while `during` runs, with an entry in hand. */
async function withBatchInHand(during: () => Promise<void>): Promise<void> {
  await servers.sql.begin(async (tx) => {
    await tx`LOCK TABLE events IN ACCESS EXCLUSIVE MODE`;
    await send(1);
    await eventually(async () => {
      const [pending] = await servers.redis.xpending(servers.key.stream, servers.key.group);
      expect(pending).toBe(1);
    });
    await during();
  });
}

describe("the engine makes its group again, says so once, and stores what comes when", () => {
  const surprises: [string, () => Promise<unknown>][] = [
    ["the group is deleted", destroyGroup],
    ["the stream is deleted", async () => await servers.redis.del(servers.key.stream)],
    ["Redis is flushed", async () => await servers.redis.flushall()],
    [
      "the group is deleted while the stream goes on",
      async () => {
        await destroyGroup();
        await send(20);
      },
    ],
  ];
  for (const [what, surprise] of surprises) {
    test(
      what,
      async () => {
        await send(20);
        await untilDrained(servers);
        const saidBefore = recordsOf(GROUP_GONE).length;
        await surprise();
        await eventually(() => expect(recordsOf(GROUP_GONE)).toHaveLength(saidBefore + 1));
        await send(20);
        await checkAllStored(servers, { accepted, sent: accepted });
        expect(recordsOf(GROUP_GONE)).toHaveLength(saidBefore + 1);
      },
      TIMEOUT_MS,
    );
  }

  test(
    "Redis is flushed with a batch in hand, which is stored and missed in the pending list",
    async () => {
      const saidBefore = recordsOf(GROUP_GONE).length;
      await withBatchInHand(async () => {
        await servers.redis.flushall();
        await eventually(() => expect(recordsOf(GROUP_GONE)).toHaveLength(saidBefore + 1));
      });
      const missed = await engine.output.record(NOT_PENDING);
      expect(missed).toMatchObject({ level: "warn", entries: 1, notPending: 1 });
      await send(5);
      await checkAllStored(servers, { accepted, sent: accepted });
    },
    TIMEOUT_MS,
  );
});

test(
  "the reclaimer makes the group again when no consumer does",
  async () => {
    await using own = await openEngineServers();
    const env = { ...own.env, CLAIM_IDLE_MS: "1000", CONSUMER_WORKERS: "0" };
    await using ingestOnly = await startEngine({ env });
    await own.redis.xgroup("DESTROY", own.key.stream, own.key.group);
    const record = await ingestOnly.output.record(GROUP_GONE);
    expect(record).toMatchObject({ level: "error", thread: "reclaimer" });
    expect(await own.redis.xinfo("GROUPS", own.key.stream)).toHaveLength(1);
  },
  TIMEOUT_MS,
);

test(
  "the engine counts entries that were deleted while they were pending, and goes on",
  async () => {
    const { redis, key } = servers;
    await send(1);
    await untilDrained(servers);
    const [newest] = await redis.xrevrange(key.stream, "+", "-", "COUNT", 1);
    const id = newest?.[0] ?? "";
    // As if a consumer had been delivered it, and were gone.
    await redis.xclaim(key.stream, key.group, "gone", 0, id, "FORCE", "JUSTID");
    await redis.xdel(key.stream, id);
    const record = await engine.output.record(ENTRIES_GONE);
    expect(record).toMatchObject({ level: "error", entries: 1 });
    await send(1);
    await checkAllStored(servers, { accepted, sent: accepted });
  },
  TIMEOUT_MS,
);

test(
  "the engine counts entries that were trimmed before they were delivered, and says so once",
  async () => {
    await using own = await openEngineServers();
    const env = { ...own.env, CONSUMER_WORKERS: "1" };
    await using single = await startEngine({ env });
    const { redis, key, sql } = own;
    const sendOne = async () => {
      const answer = await sendEvent(single, sampleBody({ event_id: undefined }));
      expect(answer.status).toBe(202);
    };
    await sql.begin(async (tx) => {
      await tx`LOCK TABLE events IN ACCESS EXCLUSIVE MODE`;
      await sendOne();
      await eventually(async () => expect(await pendingOf(redis, key)).toBe(1));
      for (let times = 1; times <= 20; times += 1) await sendOne();
      await redis.xtrim(key.stream, "MAXLEN", 5);
      const record = await single.output.record(NEVER_DELIVERED);
      expect(record).toMatchObject({ level: "error", thread: "reclaimer", entries: 15 });
    });
    await untilDrained(own);
    const [row] = await sql`SELECT count(*)::int AS events FROM events`;
    expect(row?.["events"]).toBe(6);
    // The pending one was trimmed too, and is stored. Metrics of other threads are up to a second old.
    await eventually(async () => {
      const metrics = await (await fetch(`${single.url}/metrics`)).text();
      expect(new Scrape(metrics).value("queueflow_entries_missing_total")).toBe(15);
    });
    expect(single.output.records.filter(({ msg }) => msg === NEVER_DELIVERED)).toHaveLength(1);
  },
  TIMEOUT_MS,
);

test("no thread died of a surprise", () => {
  expect(engine.output.records.filter(({ msg }) => msg.startsWith("Thread "))).toEqual([]);
});

import { describe, expect, test } from "bun:test";
import { sendEvent } from "../support/api-client.ts";
import {
  checkAllStored,
  type EngineServers,
  openEngineServers,
  untilDrained,
  untilMigrated,
} from "../support/engine-servers.ts";
import { eventually } from "../support/eventually.ts";
import { type FaultyEngine, startFaultyEngine } from "../support/faulty-engine.ts";
import { type Load, startLoad } from "../support/load.ts";
import { sampleBody } from "../support/sample-event.ts";
import { pendingOf } from "../support/stream-fixture.ts";
import { within } from "../support/within.ts";

const TIMEOUT_MS = 240_000;
const EVENTS_EACH = 300;
/** Keeps the reclaimer from taking over. */
const NEVER_MS = "3600000";
/** The delay after the fifth failure in a row is long enough to send requests meanwhile. */
const FAILURES = 5;

async function startOn(
  servers: EngineServers,
  env: Readonly<Record<string, string>> = {},
): Promise<FaultyEngine> {
  const two = { INGEST_WORKERS: "2", CONSUMER_WORKERS: "2" };
  return await startFaultyEngine({ env: { ...servers.env, ...two, ...env } });
}

/**
 * Expects responses of 202, 503 or none. When a thread exits its connections break, and the runtime (Bun 1.4.5) answers
 * some of its requests with a 503 without body.
 */
function expectHonest(load: Load): void {
  expect([...load.statuses.keys()].filter((status) => ![202, 503, 0].includes(status))).toEqual([]);
}

/** Resolves when a thread has been restarted `times` times. */
async function untilRestarted({ output }: FaultyEngine, child: string, times: number) {
  return await output.record(
    (record) =>
      record.msg === "Thread exited, restarting it" &&
      record["child"] === child &&
      record["restarts"] === times,
  );
}

describe("loses and doubles nothing under load when", () => {
  for (const child of ["reclaimer", "consumer-1", "ingest-1"]) {
    test(
      `${child} throws, rejects and exits with 0`,
      async () => {
        await using servers = await openEngineServers();
        await using engine = await startOn(servers, { CLAIM_IDLE_MS: "1000" });
        await using load = startLoad({ url: () => engine.url });
        for (const [index, fault] of (["throw", "reject", "exit"] as const).entries()) {
          await load.untilAccepted(EVENTS_EACH);
          engine.strike(child, fault);
          await untilRestarted(engine, child, index + 1);
        }
        await load.untilAccepted(EVENTS_EACH);
        await load.stop();
        expectHonest(load);
        await checkAllStored(servers, load);
        expect(await engine.stop()).toBe(0);
      },
      TIMEOUT_MS,
    );
  }

  test(
    "other threads respond while an ingest thread is down",
    async () => {
      await using servers = await openEngineServers();
      await using engine = await startOn(servers);
      for (let times = 1; times <= FAILURES; times += 1) {
        engine.strike("ingest-1", "throw");
        await untilRestarted(engine, "ingest-1", times);
      }
      for (let times = 1; times <= 20; times += 1) {
        const response = await fetch(`${engine.url}/event`, {
          method: "POST",
          headers: { "Content-Type": "application/json" },
          body: JSON.stringify(sampleBody()),
          keepalive: false,
        });
        expect(response.status).toBe(202);
      }
      const ids = new Set([sampleBody().event_id]);
      await checkAllStored(servers, { accepted: ids, sent: ids });
      expect(await engine.stop()).toBe(0);
    },
    TIMEOUT_MS,
  );

  test(
    "a consumer fails in a transaction and then finishes it",
    async () => {
      await using servers = await openEngineServers();
      await using engine = await startOn(servers, {
        CONSUMER_WORKERS: "1",
        CLAIM_IDLE_MS: NEVER_MS,
      });
      await untilMigrated(engine);
      expect((await sendEvent(engine, sampleBody())).status).toBe(202);
      await untilDrained(servers);
      const later = sampleBody({ event_id: crypto.randomUUID() });
      await servers.sql.begin(async (tx) => {
        await tx`LOCK TABLE events IN ACCESS EXCLUSIVE MODE`;
        expect((await sendEvent(engine, later)).status).toBe(202);
        await eventually(async () => {
          expect(await pendingOf(servers.redis, servers.key)).toBe(1);
        });
        engine.strike("consumer-1", "throw");
        await untilRestarted(engine, "consumer-1", 1);
        expect(await pendingOf(servers.redis, servers.key)).toBe(1);
      });
      const ids = new Set([sampleBody().event_id, later.event_id]);
      await checkAllStored(servers, { accepted: ids, sent: ids });
      expect(await engine.stop()).toBe(0);
    },
    TIMEOUT_MS,
  );
});

test(
  "a thread of each kind that hangs is restarted",
  async () => {
    await using servers = await openEngineServers();
    await using engine = await startOn(servers, { CLAIM_IDLE_MS: "1000" });
    await using load = startLoad({ url: () => engine.url });
    await load.untilAccepted(EVENTS_EACH);
    const hung = { reclaimer: "block", "consumer-1": "block", "ingest-1": "spin" } as const;
    for (const [child, fault] of Object.entries(hung)) engine.strike(child, fault);
    for (const child of Object.keys(hung)) {
      await engine.output.record(
        (record) =>
          record.msg === "Thread sends no heartbeats, terminating it" && record["child"] === child,
      );
      await untilRestarted(engine, child, 1);
    }
    await load.untilAccepted(EVENTS_EACH);
    await load.stop();
    expectHonest(load);
    await checkAllStored(servers, load);
    expect(await engine.stop()).toBe(0);
  },
  TIMEOUT_MS,
);

test(
  "exits with 1 and loses nothing after too many restarts",
  async () => {
    await using servers = await openEngineServers();
    await using engine = await startOn(servers, { CONSUMER_WORKERS: "10" });
    await using load = startLoad({ url: () => engine.url });
    await load.untilAccepted(EVENTS_EACH);
    engine.strike("reclaimer", "exit");
    for (let slot = 1; slot <= 10; slot += 1) engine.strike(`consumer-${slot}`, "exit");
    expect(await within(TIMEOUT_MS, engine.exited, "the engine exits")).toBe(1);
    expect(await engine.output.record("The engine cannot go on")).toMatchObject({
      level: "error",
      error: "Threads failed more than 10 times in 60 s",
    });
    await load.stop();
    await using next = await startOn(servers, { CLAIM_IDLE_MS: "1000" });
    await checkAllStored(servers, load);
    expect(await next.stop()).toBe(0);
  },
  TIMEOUT_MS,
);

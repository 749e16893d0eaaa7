import { describe, expect, test } from "bun:test";
import { ask, readStats, sendEvent } from "../support/api-client.ts";
import { type Engine, startEngine } from "../support/engine.ts";
import {
  checkAllStored,
  type EngineServers,
  openEngineServers,
  untilMigrated,
} from "../support/engine-servers.ts";
import { sampleBody } from "../support/sample-event.ts";
import { wrongClock } from "../support/wrong-clock.ts";

const TIMEOUT_MS = 120_000;
const EVENTS = 50;

async function startWith(
  { env }: EngineServers,
  offset: string,
  roles: Readonly<Record<string, string>>,
): Promise<Engine> {
  return await startEngine({ env: { ...env, ...roles, ...(await wrongClock(offset)) } });
}

/** An event that happens now. */
function eventOfNow(hoursAhead = 0) {
  const timestamp = new Date(Date.now() + hoursAhead * 3_600_000).toISOString();
  return sampleBody({ event_id: crypto.randomUUID(), timestamp });
}

describe("a consumer stores a backlog with a clock", () => {
  test.each(["-3d", "+400d"])(
    "%s off",
    async (offset) => {
      await using servers = await openEngineServers();
      const sent = new Set<string>();
      const beforeMs = Date.now();
      {
        await using ingest = await startWith(servers, "+0", { CONSUMER_WORKERS: "0" });
        for (let i = 0; i < EVENTS; i += 1) {
          // The last one is as far ahead as an event may be.
          const event = eventOfNow(i === EVENTS - 1 ? 23 : 0);
          expect((await sendEvent(ingest, event)).status).toBe(202);
          sent.add(event.event_id);
        }
        await ingest.stop();
      }
      await using consumer = await startWith(servers, offset, { INGEST_WORKERS: "0" });
      await checkAllStored(servers, { accepted: sent, sent });
      const rows = await servers.sql`
        SELECT count(*)::int AS n FROM events WHERE received_at BETWEEN
          ${new Date(beforeMs - 1)} AND ${new Date()}`;
      expect(rows[0]).toEqual({ n: EVENTS });
      expect(await consumer.stop()).toBe(0);
    },
    TIMEOUT_MS,
  );
});

describe("ingest refuses events with 503 clock_wrong with a clock", () => {
  test.each(["-3d", "+3d"])(
    "%s off",
    async (offset) => {
      await using servers = await openEngineServers();
      await using engine = await startWith(servers, offset, {});
      await untilMigrated(engine);
      const wrong = { status: 503, body: { error: "clock_wrong", retryable: true } };
      for (const hoursAhead of [0, 14, 23]) {
        expect(await sendEvent(engine, eventOfNow(hoursAhead))).toMatchObject(wrong);
      }
      const ready = await ask(engine, "/health/ready");
      expect(ready).toMatchObject(wrong);
      expect(ready.headers.get("retry-after")).toBe("1");
      expect((await ask(engine, "/health")).body["ingest"]).toMatchObject({ error: "clock_wrong" });
      expect(await readStats(engine, { site_id: "example.com" })).toMatchObject(wrong);
      expect(await readStats(engine, { site_id: "example.com", date: "2026-01-15" })).toMatchObject(
        {
          status: 200,
        },
      );
      expect(await sendEvent(engine, { ...eventOfNow(), path: 7 })).toMatchObject({ status: 422 });
      expect(await servers.redis.xlen(servers.key.stream)).toBe(0);
      const { level, remedy } = await engine.output.record(
        "Redis appends failed; events are refused with 503",
      );
      expect({ level, remedy }).toEqual({ level: "error", remedy: expect.stringMatching(/NTP/) });
    },
    TIMEOUT_MS,
  );
});

describe("ingest accepts events of any time zone with a clock", () => {
  test.each(["-9h", "+9h"])(
    "%s off",
    async (offset) => {
      await using servers = await openEngineServers();
      await using engine = await startWith(servers, offset, {});
      await untilMigrated(engine);
      const sent = new Set<string>();
      for (const hoursAhead of [0, 14]) {
        const event = eventOfNow(hoursAhead);
        expect((await sendEvent(engine, event)).status).toBe(202);
        sent.add(event.event_id);
      }
      // Today is the day of Redis, whatever the clock of this machine.
      const today = new Date().toISOString().slice(0, 10);
      const stats = await readStats(engine, { site_id: "example.com" });
      expect(stats.body).toMatchObject({ date: today });
      expect(await sendEvent(engine, eventOfNow(24 * 3))).toMatchObject({ status: 422 });
      await checkAllStored(servers, { accepted: sent, sent });
    },
    TIMEOUT_MS,
  );
});

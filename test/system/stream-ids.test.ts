import { expect, test } from "bun:test";
import { encodeEntry } from "../../src/event/entry-codec.ts";
import { readBacklog } from "../../src/stream/inspect/read-backlog.ts";
import { LAST_ENTRY_ID } from "../../src/stream/stream-entry.ts";
import { ask, readStats, sendEvent } from "../support/api-client.ts";
import { type Engine, startEngine } from "../support/engine.ts";
import {
  checkAllStored,
  type EngineServers,
  openEngineServers,
  untilDrained,
} from "../support/engine-servers.ts";
import { eventually } from "../support/eventually.ts";
import { sampleBody, sampleEvent } from "../support/sample-event.ts";

const TIMEOUT_MS = 120_000;
const EVENTS = 20;
const YEAR_2100 = "4102444800000-0";
const NO_INGEST = { INGEST_WORKERS: "0" };
const NO_CONSUMERS = { CONSUMER_WORKERS: "0" };

/** Appends an event as another program does, with an id of its choice. Returns its event_id. */
async function appendForeign({ redis, key }: EngineServers, id: string): Promise<string> {
  const event = sampleEvent({ eventId: crypto.randomUUID() });
  await redis.xadd(key.stream, id, ...encodeEntry(event));
  return event.eventId;
}

async function sendSome(engine: Engine, sent: Set<string>): Promise<void> {
  for (let i = 0; i < EVENTS; i += 1) {
    const body = sampleBody({ event_id: crypto.randomUUID() });
    expect((await sendEvent(engine, body)).status).toBe(202);
    sent.add(body.event_id);
  }
}

async function receivedFromTo({ sql }: EngineServers): Promise<readonly [number, number]> {
  const [row] = await sql`SELECT min(received_at) AS first, max(received_at) AS last FROM events`;
  return [Number(row?.["first"]), Number(row?.["last"])];
}

const idsAhead: [name: string, id: string][] = [
  ["two hours ahead, as after Redis's clock was set back", `${Date.now() + 7_200_000}-0`],
  ["of the year 2100", YEAR_2100],
  ["near the last one", "18446744073709551615-18446744073709550000"],
];
test.each(idsAhead)(
  "after an id %s events have real times and ages",
  async (_, id) => {
    await using servers = await openEngineServers();
    await using ingest = await startEngine({ env: { ...servers.env, ...NO_CONSUMERS } });
    const sent = new Set<string>();
    const beforeMs = Date.now();
    sent.add(await appendForeign(servers, id));
    await sendSome(ingest, sent);
    await ingest.output.record("Stream ids are in the future");
    await eventually(async () => {
      const { body } = await ask(ingest, "/health");
      const { oldest_age_ms: ageMs, ids_ahead_ms: aheadMs } = body["stream"] as Record<
        string,
        number
      >;
      expect(ageMs).toBeGreaterThan(1_000);
      expect(ageMs).toBeLessThan(Date.now() - beforeMs + 5_000);
      expect(aheadMs).toBeGreaterThan(3_600_000);
      const { headers } = await readStats(ingest, { site_id: "example.com", date: "2026-01-15" });
      expect(Number(headers.get("x-queueflow-lag-ms"))).toBeGreaterThan(1_000);
    });
    await using consumer = await startEngine({ env: { ...servers.env, ...NO_INGEST } });
    await checkAllStored(servers, { accepted: sent, sent });
    const [first, last] = await receivedFromTo(servers);
    expect(first).toBeGreaterThanOrEqual(beforeMs - 1);
    expect(last).toBeLessThanOrEqual(Date.now());
    expect(await consumer.stop()).toBe(0);
  },
  TIMEOUT_MS,
);

test(
  "refuses events after the last id until the stream is renamed",
  async () => {
    await using servers = await openEngineServers();
    await using engine = await startEngine({ env: servers.env });
    const { redis, key } = servers;
    const sent = new Set<string>();
    await sendSome(engine, sent);
    sent.add(await appendForeign(servers, LAST_ENTRY_ID));
    const refused = sampleBody({ event_id: crypto.randomUUID() });
    const exhausted = { status: 503, body: { error: "stream_exhausted", retryable: true } };
    expect(await sendEvent(engine, refused)).toMatchObject(exhausted);
    expect(await ask(engine, "/health/ready")).toMatchObject(exhausted);
    const health = await ask(engine, "/health");
    expect(health.body["ingest"]).toMatchObject({ error: "stream_exhausted" });
    const { remedy } = await engine.output.record(
      "The stream has used the last possible id: Redis takes no events",
    );
    // Follow the remedy word for word.
    const [, from = "", to = ""] = /redis-cli RENAME (\S+) (\S+)`/.exec(String(remedy)) ?? [];
    await eventually(async () => expect((await readBacklog(redis, key)).entries).toBe(0), 60_000);
    await redis.rename(from, to);
    await eventually(async () => expect((await sendEvent(engine, refused)).status).toBe(202));
    sent.add(refused.event_id);
    await sendSome(engine, sent);
    await checkAllStored(servers, { accepted: sent, sent });
    await redis.del(to);
    expect(from).toBe(key.stream);
    // The old stream had nothing left to deliver, so its end is no loss.
    const losses = engine.output.records.filter(({ msg }) => /\blost\b/i.test(msg));
    expect(losses).toEqual([]);
    expect(await engine.stop()).toBe(0);
  },
  TIMEOUT_MS,
);

test(
  "continues in a new stream when ids are ahead",
  async () => {
    await using servers = await openEngineServers();
    const { env, key, redis } = servers;
    const moved = { ...servers, key: { ...key, stream: `${key.stream}_2` } };
    const sent = new Set([await appendForeign(servers, YEAR_2100)]);
    {
      // Nothing is stored yet.
      await using before = await startEngine({ env: { ...env, ...NO_CONSUMERS } });
      await sendSome(before, sent);
      await before.stop();
    }
    await using after = await startEngine({ env: { ...env, REDIS_STREAM: moved.key.stream } });
    await using rest = await startEngine({ env: { ...env, ...NO_INGEST } });
    await sendSome(after, sent);
    await untilDrained(servers);
    expect(await rest.stop()).toBe(0);
    await redis.del(key.stream);
    await checkAllStored(moved, { accepted: sent, sent });
    expect(await after.stop()).toBe(0);
    await redis.del(moved.key.stream);
  },
  TIMEOUT_MS,
);

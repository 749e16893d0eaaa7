import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Answer, ask, sendEvent } from "../support/api-client.ts";
import { type Engine, startEngine } from "../support/engine.ts";
import {
  checkAllStored,
  type EngineServers,
  openEngineServers,
  untilDrained,
} from "../support/engine-servers.ts";
import { eventually } from "../support/eventually.ts";
import { sampleBody } from "../support/sample-event.ts";
import { SERVERS_START_TIMEOUT_MS } from "../support/servers.ts";
import { openServerProxies, type TcpProxy, throughProxy } from "../support/tcp-proxy.ts";

const TIMEOUT_MS = 120_000;
/** Twice `STALLED_AFTER_MS`. */
const STALLED_MS_MAX = 60_000;
/** On connections of their own, so that every ingest thread gets some. */
const ASKED_TIMES = 6;
const OWN_CONNECTION = { headers: { Connection: "close" } };

const stack = new AsyncDisposableStack();
let servers: EngineServers;
let redisProxy: TcpProxy;
let postgresProxy: TcpProxy;
let engine: Engine;

beforeAll(async () => {
  servers = stack.use(await openEngineServers());
  const { REDIS_URL: redisUrl = "", DATABASE_URL: databaseUrl = "" } = servers.env;
  const proxies = stack.use(openServerProxies(redisUrl, databaseUrl));
  ({ redisProxy, postgresProxy } = proxies);
  const env = {
    ...servers.env,
    ...proxies.env,
    INGEST_WORKERS: "2",
    CONSUMER_WORKERS: "2",
  };
  engine = stack.use(await startEngine({ env }));
}, SERVERS_START_TIMEOUT_MS);
afterAll(async () => await stack.disposeAsync(), TIMEOUT_MS);

/** The ids of all events sent. */
const ids = new Set<string>();

async function send(): Promise<void> {
  const eventId = crypto.randomUUID();
  expect((await sendEvent(engine, sampleBody({ event_id: eventId }))).status).toBe(202);
  ids.add(eventId);
}

/** Requests GET /health, which responds while servers that it asks do not. */
async function health(api: Engine = engine): Promise<Answer> {
  return await ask(api, "/health", OWN_CONNECTION);
}

/** Waits until every ingest thread responds as expected. */
async function untilAll(
  expected: { readonly status: number; readonly body: object },
  timeoutMs = STALLED_MS_MAX,
): Promise<void> {
  await eventually(async () => {
    for (let times = 1; times <= ASKED_TIMES; times += 1) {
      expect(await health()).toMatchObject(expected);
    }
  }, timeoutMs);
}

const OK = { status: 200, body: { status: "ok" } };

describe("GET /health", () => {
  test(
    "is ok and shows each part, whichever thread responds",
    async () => {
      await send();
      await untilDrained(servers);
      await untilAll(OK);
      const { body } = await eventually(async () => {
        const answer = await health();
        const committed = JSON.stringify(answer.body["consumers"]);
        expect(committed).toMatch(/"last_commit_at":"\d{4}-\d\d-\d\dT[\d:.]{12}Z"/);
        return answer;
      });
      const thread = { state: "running", restarts: 0, work_age_ms: expect.any(Number) };
      expect(body).toMatchObject({
        redis: {
          up: true,
          settings: { appendonly: "yes", appendfsync: "always", "maxmemory-policy": "noeviction" },
        },
        postgres: { up: true },
        stream: { length: 1, backlog_entries: 0, oldest_age_ms: 0 },
        ingest: { ready: true, error: null },
        dead_letters: 0,
        restarts: 0,
      });
      expect(body["consumers"]).toMatchObject([
        { ...thread, name: "consumer-1" },
        { ...thread, name: "consumer-2" },
      ]);
      expect(body["ingest"]).toMatchObject({
        threads: [
          { name: "ingest-1", state: "running", last_commit_at: null },
          { name: "ingest-2", state: "running", last_commit_at: null },
        ],
      });
      expect(body["reclaimer"]).toMatchObject({ name: "reclaimer", state: "running" });
    },
    TIMEOUT_MS,
  );

  test(
    "counts dead letters",
    async () => {
      await servers.redis.xadd(servers.key.stream, "*", "greeting", "hello");
      await untilDrained(servers);
      expect((await health()).body).toMatchObject({ status: "ok", dead_letters: 1 });
      await servers.sql`TRUNCATE dead_events`;
      expect((await health()).body).toMatchObject({ dead_letters: 0 });
    },
    TIMEOUT_MS,
  );

  test(
    "is degraded while Redis is down",
    async () => {
      redisProxy.mode = "refuse";
      redisProxy.cut();
      await untilAll({
        status: 200,
        body: {
          status: "degraded",
          redis: { up: false, settings: null },
          postgres: { up: true },
          stream: { length: null, backlog_entries: null, oldest_age_ms: null },
          ingest: { ready: false, error: "stream_unavailable" },
        },
      });
      redisProxy.mode = "pass";
      await untilAll(OK);
    },
    TIMEOUT_MS,
  );

  test(
    "is degraded, then stalled while PostgreSQL is down",
    async () => {
      const { DATABASE_URL: databaseUrl = "" } = servers.env;
      // A process without consumers observes those of others.
      const env = {
        ...servers.env,
        DATABASE_URL: throughProxy(databaseUrl, postgresProxy),
        CONSUMER_WORKERS: "0",
      };
      await using ingestOnly = await startEngine({ env });
      postgresProxy.mode = "swallow all";
      await untilAll({
        status: 200,
        body: { status: "degraded", redis: { up: true }, postgres: { up: false } },
      });
      expect((await ask(engine, "/health/ready")).status).toBe(200);
      await send();
      const stalled = { error: "stalled", retryable: true, message: expect.any(String) };
      const waiting = { status: "stalled", stream: { backlog_entries: 1 } };
      await untilAll({ status: 503, body: { ...waiting, ...stalled } });
      const { headers, body } = await health();
      expect(headers.get("retry-after")).toBe("1");
      expect((body["stream"] as Record<string, number>)["oldest_age_ms"]).toBeGreaterThan(29_000);
      expect((await ask(engine, "/health/ready")).status).toBe(200);
      await eventually(async () => {
        expect(await health(ingestOnly)).toMatchObject({ status: 503, body: waiting });
      });
      postgresProxy.mode = "pass";
      postgresProxy.cut();
      await untilAll(OK);
      await eventually(async () => expect(await health(ingestOnly)).toMatchObject(OK));
    },
    TIMEOUT_MS,
  );

  test(
    "loses nothing and restarts no thread in all of this",
    async () => {
      await checkAllStored(servers, { accepted: ids, sent: ids });
      const { records } = engine.output;
      expect(records.filter(({ msg }) => msg.startsWith("Thread "))).toEqual([]);
      expect((await health()).body).toMatchObject({ restarts: 0 });
    },
    TIMEOUT_MS,
  );
});

import { afterAll, beforeAll, expect, test } from "bun:test";
import { ask, sendEvent } from "../support/api-client.ts";
import { type EngineServers, openEngineServers, untilMigrated } from "../support/engine-servers.ts";
import { eventually } from "../support/eventually.ts";
import { type FaultyEngine, startFaultyEngine } from "../support/faulty-engine.ts";
import { openLiveStream } from "../support/live-stream.ts";
import { sampleBody } from "../support/sample-event.ts";
import { SERVERS_START_TIMEOUT_MS } from "../support/servers.ts";
import { openTcpProxy, type TcpProxy, throughProxy } from "../support/tcp-proxy.ts";

const TIMEOUT_MS = 120_000;
const SITE = "faulty.example";

const stack = new AsyncDisposableStack();
let servers: EngineServers;
let proxy: TcpProxy;
let engine: FaultyEngine;

beforeAll(async () => {
  servers = stack.use(await openEngineServers());
  const databaseUrl = servers.env["DATABASE_URL"] ?? "";
  proxy = stack.use(openTcpProxy(databaseUrl));
  const env = { ...servers.env, DATABASE_URL: throughProxy(databaseUrl, proxy) };
  engine = stack.use(
    await startFaultyEngine({ env: { ...env, INGEST_WORKERS: "1", CONSUMER_WORKERS: "1" } }),
  );
  await untilMigrated(engine);
}, SERVERS_START_TIMEOUT_MS);
afterAll(async () => await stack.disposeAsync(), TIMEOUT_MS);

function recover(): void {
  proxy.mode = "pass";
  proxy.cut();
}

async function sendView(): Promise<void> {
  const event = { site_id: SITE, event_id: Bun.randomUUIDv7(), user_id: Bun.randomUUIDv7() };
  const body = sampleBody({ ...event, timestamp: new Date().toISOString() });
  expect((await sendEvent(engine, body)).status).toBe(202);
}

test.each([
  [
    "PostgreSQL is suspended",
    ["database_unavailable"],
    () => {
      proxy.mode = "swallow all";
      proxy.cut();
    },
  ],
  [
    "the report thread exits",
    // The second when its next run is asked first.
    ["report_unavailable", "database_unavailable"],
    () => {
      proxy.mode = "swallow all";
      engine.strike("report-1", "exit");
    },
  ],
] as const)(
  "a stream says that %s, and recovers",
  async (_, codes: readonly unknown[], strike) => {
    recover();
    using stream = await openLiveStream(engine, SITE);
    const last = () => stream.events.at(-1);
    await eventually(() => expect(last()?.name).toBe("live"));
    const before = Number(last()?.data["visitors"]);
    strike();
    await eventually(() => {
      const found = stream.events.find(({ data }) => codes.includes(data["error"]));
      expect(found).toMatchObject({ name: "unavailable", data: { retryable: true } });
    });
    await sendView();
    recover();
    await eventually(() => {
      expect(last()).toMatchObject({ name: "live", data: { visitors: before + 1 } });
    });
  },
  TIMEOUT_MS,
);

test(
  "GET /live is refused while PostgreSQL is suspended",
  async () => {
    proxy.mode = "swallow all";
    proxy.cut();
    const { status, headers, body } = await ask(engine, `/live?site_id=${SITE}`);
    expect([status, body["error"]]).toEqual([503, "database_unavailable"]);
    expect(headers.get("retry-after")).toMatch(/^\d+$/);
    recover();
  },
  TIMEOUT_MS,
);

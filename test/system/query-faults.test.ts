import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { QUESTIONS_MAX } from "../../src/reporting/questions/limits.ts";
import { sendEvent } from "../support/api-client.ts";
import { askReport } from "../support/ask-report.ts";
import { type EngineServers, openEngineServers, untilMigrated } from "../support/engine-servers.ts";
import { eventually } from "../support/eventually.ts";
import { type FaultyEngine, startFaultyEngine } from "../support/faulty-engine.ts";
import { scrape } from "../support/metrics-samples.ts";
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

async function ask(siteId = SITE, signal?: AbortSignal): Promise<string> {
  const { status, headers, body } = await askReport(
    engine,
    { site_id: siteId },
    signal === undefined ? {} : { signal },
  );
  if (status === 200) return "answered";
  expect(headers.get("retry-after"), String(body["error"])).toMatch(/^\d+$/);
  return `${status} ${String(body["error"])}`;
}

/** Lets PostgreSQL respond again, and waits until questions are answered. */
async function recover(): Promise<void> {
  proxy.mode = "pass";
  proxy.cut();
  await eventually(async () => expect(await ask()).toBe("answered"));
}

async function held(): Promise<number> {
  return (await scrape(engine)).all("queueflow_report_questions")[0]?.value ?? 0;
}

describe("while PostgreSQL does not respond", () => {
  test.each(["swallow all", "refuse"] as const)(
    "questions get a 503 and events are accepted (%s)",
    async (mode) => {
      await recover();
      proxy.mode = mode;
      proxy.cut();
      expect(await ask()).toBe("503 database_unavailable");
      const event = sampleBody({ site_id: SITE, event_id: Bun.randomUUIDv7() });
      expect((await sendEvent(engine, event)).status).toBe(202);
      await recover();
    },
    TIMEOUT_MS,
  );

  test(
    `${QUESTIONS_MAX} questions wait and others are refused`,
    async () => {
      await recover();
      proxy.mode = "swallow all";
      const outcomes: string[] = [];
      const more = 6;
      const asked = Array.from({ length: QUESTIONS_MAX + more }, async () => {
        outcomes.push(await ask());
      });
      await eventually(() => {
        expect(outcomes).toEqual(Array(more).fill("503 reports_overloaded"));
      });
      await recover();
      await Promise.all(asked);
    },
    TIMEOUT_MS,
  );

  test(
    "a question whose client leaves is dropped",
    async () => {
      await recover();
      await eventually(async () => expect(await held()).toBe(0));
      proxy.mode = "swallow all";
      const leaving = new AbortController();
      const asked = ask(SITE, leaving.signal).catch(() => "left");
      await eventually(async () => expect(await held()).toBe(1));
      leaving.abort();
      expect(await asked).toBe("left");
      await eventually(async () => {
        const all = (await scrape(engine)).all("queueflow_report_questions_total");
        const cancelled = all.find(({ labels }) => labels["outcome"] === "cancelled");
        expect(cancelled?.value).toBe(1);
      });
      await recover();
    },
    TIMEOUT_MS,
  );
});

describe.each(["exit", "throw", "spin"] as const)("a report thread that fails by %s", (fault) => {
  test(
    "refuses its questions, and its next run answers",
    async () => {
      await recover();
      proxy.mode = "swallow all";
      const asked = [ask(), ask("other.example"), ask()];
      await eventually(async () => expect(await held()).toBe(3));
      engine.strike("report-1", fault);
      // A thread that spins ends by its heartbeats, and PostgreSQL fails first.
      const outcomes = new Set(await Promise.all(asked));
      if (fault !== "spin") expect(outcomes).toEqual(new Set(["503 report_unavailable"]));
      expect(outcomes.has("answered")).toBeFalse();
      await recover();
      const event = sampleBody({ site_id: SITE, event_id: Bun.randomUUIDv7() });
      expect((await sendEvent(engine, event)).status).toBe(202);
    },
    TIMEOUT_MS,
  );
});

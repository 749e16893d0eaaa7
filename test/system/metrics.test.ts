import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { ask, sendEvent } from "../support/api-client.ts";
import { type EngineServers, openEngineServers, untilDrained } from "../support/engine-servers.ts";
import { eventually } from "../support/eventually.ts";
import { type FaultyEngine, startFaultyEngine } from "../support/faulty-engine.ts";
import { type Scrape, scrape } from "../support/metrics-samples.ts";
import { sampleBody } from "../support/sample-event.ts";
import { SERVERS_START_TIMEOUT_MS } from "../support/servers.ts";
import { openServerProxies, type TcpProxy } from "../support/tcp-proxy.ts";

const TIMEOUT_MS = 120_000;
/** Each scrape is a connection of its own, so that every ingest thread gets some of them. */
const ASKED_TIMES = 6;
const EVENTS = 40;

const stack = new AsyncDisposableStack();
let servers: EngineServers;
let redisProxy: TcpProxy;
let postgresProxy: TcpProxy;
let engine: FaultyEngine;

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
    STREAM_LENGTH_MAX: "12345",
  };
  engine = stack.use(await startFaultyEngine({ env }));
}, SERVERS_START_TIMEOUT_MS);
afterAll(async () => await stack.disposeAsync(), TIMEOUT_MS);

/** Sends an event on a connection of its own; the kernel chooses the thread. */
async function send(overrides: Readonly<Record<string, unknown>> = {}): Promise<number> {
  const body = sampleBody({ event_id: crypto.randomUUID(), ...overrides });
  const answer = await ask(engine, "/event", {
    method: "POST",
    headers: { "Content-Type": "application/json", Connection: "close" },
    body: JSON.stringify(body),
  });
  return answer.status;
}

/** Scrapes until `says` passes. */
async function untilScrape(says: (found: Scrape) => void, timeoutMs = 60_000): Promise<Scrape> {
  return await eventually(async () => {
    const found = await scrape(engine);
    says(found);
    return found;
  }, timeoutMs);
}

/** Counters that never fall while the process runs. */
function sumsOf(found: Scrape): readonly (number | undefined)[] {
  return [
    found.value("queueflow_events_accepted_total"),
    found.value("queueflow_http_requests_total", { route: "/event", status: "422" }),
    found.value("queueflow_http_request_duration_seconds_count", { route: "/event" }),
    found.value("queueflow_flush_events_sum"),
    found.value("queueflow_events_stored_total"),
    found.value("queueflow_events_duplicate_total"),
    found.value("queueflow_dead_letters_total", { reason: "invalid" }),
    found.value("queueflow_received_to_stored_seconds_count"),
  ];
}

/** The sums after the first test. */
const SUMS = [EVENTS + 1, 1, EVENTS + 2, EVENTS + 1, EVENTS, 1, 1, EVENTS + 2];

describe("GET /metrics", () => {
  test(
    "adds up the counts of all threads, whichever responds",
    async () => {
      for (let event = 1; event < EVENTS; event += 1) expect(await send()).toBe(202);
      const twice = { event_id: crypto.randomUUID() };
      expect([await send(twice), await send(twice)]).toEqual([202, 202]);
      expect(await send({ user_id: 42 })).toBe(422);
      await servers.redis.xadd(servers.key.stream, "*", "greeting", "hello");
      await untilDrained(servers);
      await untilScrape((found) => expect(sumsOf(found)).toEqual(SUMS));
      for (let times = 1; times <= ASKED_TIMES; times += 1) {
        const found = await scrape(engine);
        expect(sumsOf(found)).toEqual(SUMS);
        expect(found.value("queueflow_events_refused_total", { reason: "invalid_field" })).toBe(1);
        expect(found.value("queueflow_batch_entries_sum")).toBe(EVENTS + 2);
      }
    },
    TIMEOUT_MS,
  );

  test(
    "shows the state of servers, stream and threads",
    async () => {
      const storing = ["reclaimer", "consumer-1", "consumer-2", "packer"];
      const names = [...storing, "report-1", "ingest-1", "ingest-2"];
      await untilScrape((found) => {
        const of = (name: string) =>
          found.all(name).map(({ labels, value }) => [labels["thread"], value]);
        expect(of("queueflow_thread_up")).toEqual(names.map((name) => [name, 1]));
        expect(of("queueflow_thread_failing")).toEqual(names.map((name) => [name, 0]));
        expect(of("queueflow_thread_restarts_total")).toEqual(names.map((name) => [name, 0]));
        for (const name of [
          "queueflow_heap_used_bytes",
          "queueflow_event_loop_delay_seconds_count",
        ]) {
          expect(of(name).map(([thread]) => thread)).toEqual(["supervisor", ...names]);
          for (const [, value] of of(name)) expect(value).toBeGreaterThan(0);
        }
        const readings = {
          queueflow_redis_up: 1,
          queueflow_postgres_up: 1,
          queueflow_ready: 1,
          queueflow_dead_events_rows: 1,
          queueflow_stream_entries: EVENTS + 2,
          queueflow_stream_entries_max: 12_345,
          queueflow_stream_pending_entries: 0,
          queueflow_stream_lag_entries: 0,
          queueflow_stream_oldest_age_seconds: 0,
          queueflow_stream_still_seconds: 0,
        };
        for (const [name, value] of Object.entries(readings)) expect(found.value(name)).toBe(value);
        expect(found.value("queueflow_process_resident_memory_bytes")).toBeGreaterThan(1e7);
        expect(found.value("queueflow_process_cpu_seconds_total")).toBeGreaterThan(0);
        const startedAtMs = (found.value("queueflow_process_start_time_seconds") ?? 0) * 1_000;
        expect(new Date(startedAtMs).getUTCFullYear()).toBe(new Date().getUTCFullYear());
        expect(found.all("queueflow_build_info")).toHaveLength(1);
      });
    },
    TIMEOUT_MS,
  );

  test(
    "counts requests by route, and unknown paths as one",
    async () => {
      expect((await fetch(`${engine.url}/metrics`, { method: "POST" })).status).toBe(405);
      for (const path of ["/no-such-path", "/another"]) {
        expect((await ask(engine, path)).status).toBe(404);
      }
      for (const path of ["/swagger", "/swagger/json", "/health/live", "/health/ready"]) {
        expect((await fetch(`${engine.url}${path}`)).status).toBe(200);
      }
      expect((await ask(engine, "/stats")).status).toBe(422);
      expect((await fetch(`${engine.url}/event`, { method: "OPTIONS" })).status).toBe(204);
      const counted = {
        "/swagger": "200",
        "/swagger/json": "200",
        "/health/live": "200",
        "/health/ready": "200",
        "/stats": "422",
        "/event": "204",
      };
      await untilScrape((found) => {
        const requests = (route: string, status: string) =>
          found.value("queueflow_http_requests_total", { route, status });
        for (const [route, status] of Object.entries(counted)) {
          expect([route, requests(route, status)]).toEqual([route, 1]);
        }
        expect([requests("other", "404"), requests("other", "405")]).toEqual([2, 1]);
        expect(requests("/metrics", "200")).toBeGreaterThan(ASKED_TIMES);
      });
      const routes = (await scrape(engine)).all("queueflow_http_requests_total");
      expect(routes.map(({ labels }) => labels["route"])).not.toContain("/another");
    },
    TIMEOUT_MS,
  );

  test(
    "keeps the counts of threads that fail",
    async () => {
      for (const [index, child] of ["ingest-1", "ingest-2", "consumer-1", "consumer-2"].entries()) {
        const before = sumsOf(await scrape(engine));
        engine.strike(child, "throw");
        await untilScrape((found) => {
          expect(sumsOf(found).map((sum, i) => (sum ?? 0) >= (before[i] ?? 0))).not.toContain(
            false,
          );
          expect(found.value("queueflow_thread_restarts_total", { thread: child })).toBe(1);
          expect(found.value("queueflow_thread_up", { thread: child })).toBe(1);
        });
        expect(sumsOf(await scrape(engine)).slice(4)).toEqual(SUMS.slice(4));
        expect(await send({ event_id: `after-failure-${index}` })).toBe(202);
        await untilDrained(servers);
        await untilScrape((found) => {
          expect(found.value("queueflow_events_accepted_total")).toBe(EVENTS + 2 + index);
        });
        SUMS[4] = EVENTS + 1 + index;
        SUMS[7] = EVENTS + 3 + index;
        await untilScrape((found) => expect(sumsOf(found).slice(4)).toEqual(SUMS.slice(4)));
      }
    },
    TIMEOUT_MS,
  );

  test(
    "keeps the counts of a thread that hangs",
    async () => {
      const before = sumsOf(await scrape(engine));
      engine.strike("consumer-1", "block");
      const found = await untilScrape((each) => {
        expect(each.value("queueflow_thread_up", { thread: "consumer-1" })).toBe(0);
      });
      expect(found.value("queueflow_thread_up", { thread: "consumer-2" })).toBe(1);
      expect(sumsOf(found)).toEqual(before);
      await untilScrape((each) => {
        expect(each.value("queueflow_thread_up", { thread: "consumer-1" })).toBe(1);
        expect(each.value("queueflow_thread_restarts_total", { thread: "consumer-1" })).toBe(2);
      });
    },
    TIMEOUT_MS,
  );

  test(
    "shows that Redis is down and omits the stream",
    async () => {
      redisProxy.mode = "refuse";
      redisProxy.cut();
      expect((await sendEvent(engine, sampleBody())).status).toBe(503);
      const reason = "stream_unavailable";
      const found = await untilScrape((each) => {
        expect(each.value("queueflow_redis_up")).toBe(0);
        expect(each.value("queueflow_ready")).toBe(0);
        expect(each.value("queueflow_events_refused_total", { reason })).toBeGreaterThan(0);
      });
      expect(found.value("queueflow_postgres_up")).toBe(1);
      for (const name of ["entries", "pending_entries", "lag_entries", "oldest_age_seconds"]) {
        expect(found.value(`queueflow_stream_${name}`)).toBeUndefined();
      }
      redisProxy.mode = "pass";
      await untilScrape((each) => {
        expect(each.value("queueflow_redis_up")).toBe(1);
        expect(each.value("queueflow_ready")).toBe(1);
        expect(each.value("queueflow_stream_entries")).toBeGreaterThan(0);
      });
    },
    TIMEOUT_MS,
  );

  test(
    "shows that PostgreSQL is down, the backlog and retries",
    async () => {
      await untilDrained(servers);
      postgresProxy.mode = "refuse";
      postgresProxy.cut();
      // The test before may leave a thread that has not reached Redis again.
      await eventually(async () => expect(await send()).toBe(202));
      await untilScrape((found) => {
        expect(found.value("queueflow_postgres_up")).toBe(0);
        expect(found.value("queueflow_dead_events_rows")).toBeUndefined();
        expect(found.value("queueflow_ready")).toBe(1);
        expect(found.value("queueflow_stream_pending_entries")).toBe(1);
        expect(found.value("queueflow_stream_oldest_age_seconds")).toBeGreaterThan(0);
        expect(found.value("queueflow_stream_still_seconds")).toBeGreaterThan(0);
        expect(found.value("queueflow_batch_retries_total")).toBeGreaterThan(0);
        expect(found.all("queueflow_thread_failing").map(({ value }) => value)).toContain(1);
      });
      postgresProxy.mode = "pass";
      await untilScrape((found) => {
        expect(found.value("queueflow_postgres_up")).toBe(1);
        expect(found.value("queueflow_stream_pending_entries")).toBe(0);
      });
    },
    TIMEOUT_MS,
  );
});

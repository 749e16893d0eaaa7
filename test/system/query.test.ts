import { beforeAll, describe, expect, test } from "bun:test";
import { runQueueflow } from "../cli/run-queueflow.ts";
import { openAccessKeys, withKey } from "../support/access-keys.ts";
import { ask, readStats } from "../support/api-client.ts";
import { askReport } from "../support/ask-report.ts";
import { startEngine } from "../support/engine.ts";
import { openEngineServers, untilDrained, useEngine } from "../support/engine-servers.ts";
import { eventually } from "../support/eventually.ts";
import { sampleBody } from "../support/sample-event.ts";
import { SERVERS_START_TIMEOUT_MS } from "../support/servers.ts";

const TIMEOUT_MS = 120_000;
const SITE = "asked.example";
const DATE = "2026-01-15";
const file = useEngine({ INGEST_WORKERS: "2", CONSUMER_WORKERS: "1" });

const EVENTS = [
  { user_id: "ann", path: "/", timestamp: "2026-01-15T09:00:00Z", country: "DE" },
  { user_id: "ann", path: "/pricing", timestamp: "2026-01-15T09:01:00Z", country: "DE" },
  { user_id: "bob", path: "/", timestamp: "2026-01-15T23:30:00Z", country: "FR" },
  {
    user_id: "bob",
    path: "/",
    timestamp: "2026-01-15T23:31:00Z",
    event_type: "buy",
    properties: { amount: "12.50" },
  },
  { user_id: "eve", path: "/late", timestamp: "2026-01-16T00:30:00Z" },
];

async function queueflow(...args: readonly string[]): Promise<void> {
  const { stderr, exitCode } = await runQueueflow(args, { env: file.servers.env });
  expect(`${exitCode} ${stderr}`).toBe("0 ");
}

beforeAll(async () => {
  const batch = EVENTS.map((event) =>
    sampleBody({ site_id: SITE, event_id: Bun.randomUUIDv7(), ...event }),
  );
  const sent = await ask(file.engine, "/events", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(batch),
  });
  expect(sent.body).toMatchObject({ accepted: EVENTS.length });
  await untilDrained(file.servers);
}, SERVERS_START_TIMEOUT_MS);

describe("POST /query", () => {
  test("equals /stats for a UTC day, which stays as it was", async () => {
    const stats = await readStats(file.engine, { site_id: SITE, date: DATE });
    expect(JSON.stringify(stats.body)).toBe(
      `{"site_id":"${SITE}","date":"${DATE}","total_views":4,"unique_users":2,"top_paths":[{"path":"/","views":3},{"path":"/pricing","views":1}]}`,
    );
    const { body } = await askReport(file.engine, {
      site_id: SITE,
      metrics: ["events", "visitors"],
    });
    expect(body["results"]).toEqual([{ dimensions: [], metrics: [4, 2] }]);
  });

  test("has rows by dimension, and says how fresh they are", async () => {
    const { status, headers, body } = await askReport(file.engine, {
      site_id: SITE,
      metrics: ["visitors", "pageviews"],
      dimensions: ["event:page"],
    });
    expect(status).toBe(200);
    expect(body["results"]).toEqual([
      { dimensions: ["/"], metrics: [2, 2] },
      { dimensions: ["/pricing"], metrics: [1, 1] },
    ]);
    expect(body["meta"]).toMatchObject({
      accuracy: { visitors: "exact", pageviews: "exact" },
      pending: 0,
      lag_ms: 0,
      incomplete_days: [],
    });
    expect(headers.get("x-queueflow-pending")).toBe("0");
    expect(headers.get("cache-control")).toBe("no-store");
  });

  test("refuses what it does not understand, and names it", async () => {
    const { status, body } = await askReport(file.engine, {
      site_id: SITE,
      metrics: ["visitors", "clicks"],
      colour: "red",
    });
    expect([status, body["error"]]).toEqual([422, "invalid_field"]);
    expect(Object.keys(body["fields"] as object)).toEqual(
      expect.arrayContaining(["metrics[1]", "colour"]),
    );
  });

  test.each([
    [{ "Content-Type": "text/plain" }, "{}", 415, "unsupported_media_type"],
    [{ "Content-Type": "application/json" }, "{", 400, "invalid_json"],
    [{ "Content-Type": "application/json" }, "[]", 422, "invalid_field"],
    [{ "Content-Type": "application/json" }, "x".repeat(70_000), 413, "body_too_large"],
  ])("refuses a body with %p", async (headers, text, status, error) => {
    const answer = await ask(file.engine, "/query", { method: "POST", headers, body: text });
    expect([answer.status, answer.body["error"]]).toEqual([status, error]);
  });
});

describe("GET /query", () => {
  const query = {
    site_id: SITE,
    metrics: "visitors,pageviews",
    date_range: `${DATE},${DATE}`,
    dimensions: "event:page",
    filters: '[["is","visit:country",["DE"]]]',
    limit: "1",
  };
  const target = `/query?${new URLSearchParams(query).toString()}`;

  test("equals POST", async () => {
    const got = await ask(file.engine, target);
    const posted = await askReport(file.engine, {
      site_id: SITE,
      metrics: ["visitors", "pageviews"],
      dimensions: ["event:page"],
      filters: [["is", "visit:country", ["DE"]]],
      pagination: { limit: 1 },
    });
    const { results, query: understood } = got.body;
    expect(results).toEqual([{ dimensions: ["/"], metrics: [1, 1] }]);
    expect({ results, understood }).toEqual({
      results: posted.body["results"],
      understood: posted.body["query"],
    });
  });

  test.each([
    ["format=csv", "&format=csv", {}],
    ["Accept", "", { Accept: "text/csv, application/json;q=0.5" }],
  ])("answers CSV by %s", async (_, parameter, headers) => {
    const response = await fetch(`${file.engine.url}${target}${parameter}`, { headers });
    expect(response.headers.get("content-type")).toBe("text/csv; charset=utf-8");
    expect(response.headers.get("x-queueflow-meta")).toContain('"accuracy"');
    expect(await response.text()).toBe("event:page,visitors,pageviews\r\n/,1,1\r\n");
  });

  test("answers NDJSON", async () => {
    const response = await fetch(`${file.engine.url}${target}&format=ndjson`);
    expect(response.headers.get("content-type")).toBe("application/x-ndjson; charset=utf-8");
    const [row = "", meta = ""] = (await response.text()).split("\n");
    expect(JSON.parse(row)).toEqual({ "event:page": "/", visitors: 1, pageviews: 1 });
    expect(JSON.parse(meta)).toMatchObject({ meta: { pending: 0 } });
  });

  test.each([
    ["format", "&format=xml"],
    ["colour", "&colour=red"],
    ["limit", "&limit=2"],
  ])("refuses a wrong %s", async (name, parameter) => {
    const { status, body } = await ask(file.engine, target + parameter);
    expect(status).toBe(422);
    expect(Object.keys(body["fields"] as object)).toEqual([name]);
  });
});

describe("the settings of a site", () => {
  const of = async (body: Readonly<Record<string, unknown>>) =>
    (await askReport(file.engine, { site_id: SITE, ...body })).body;

  test(
    "say its zone, page views, goals and segments",
    async () => {
      const zone = ["--time-zone", "Europe/Berlin"];
      await queueflow("sites", "add", SITE, ...zone, "--page-view-types", "buy");
      await queueflow(
        "goals",
        "set",
        SITE,
        "Purchase",
        "--event",
        "buy",
        "--revenue",
        "amount",
        "--currency",
        "EUR",
      );
      await queueflow(
        "segments",
        "set",
        SITE,
        "Germans",
        "--filters",
        '[["is","visit:country",["DE"]]]',
      );
      const day = await of({ metrics: ["events", "pageviews", "visitors"] });
      expect(day["results"]).toEqual([{ dimensions: [], metrics: [2, 0, 1] }]);
      const next = ["2026-01-16", "2026-01-16"];
      const goals = await of({
        date_range: next,
        metrics: ["pageviews", "conversions", "conversion_rate", "revenue"],
      });
      expect(goals["results"]).toEqual([
        { dimensions: [], metrics: [1, 1, 50, [{ currency: "EUR", value: "12.50" }]] },
      ]);
      const segment = await of({
        date_range: ["2026-01-15", "2026-01-16"],
        filters: [["is", "segment", ["Germans"]]],
      });
      expect(segment["results"]).toEqual([{ dimensions: [], metrics: [1] }]);
      await queueflow("goals", "remove", SITE, "Purchase");
      expect(await of({ metrics: ["conversions"] })).toMatchObject({ error: "invalid_field" });
    },
    TIMEOUT_MS,
  );
});

test(
  "an engine without report threads says so for good",
  async () => {
    await using servers = await openEngineServers({ database: "migrated" });
    const env = { ...servers.env, INGEST_WORKERS: "1", REPORT_WORKERS: "0" };
    await using engine = await startEngine({ env });
    const query = `/query?site_id=${SITE}&metrics=visitors&date_range=day`;
    for (const target of [query, "/export", "/live", "/live/stream"]) {
      const path = target === query ? query : `${target}?site_id=${SITE}`;
      const { status, body } = await ask(engine, path);
      expect({ path, status, ...body }).toMatchObject({
        path,
        status: 501,
        error: "reports_disabled",
        retryable: false,
        message: expect.stringContaining("REPORT_WORKERS"),
      });
    }
  },
  TIMEOUT_MS,
);

test(
  "keys and limits hold for questions",
  async () => {
    await using servers = await openEngineServers({ database: "migrated" });
    await using engine = await startEngine({ env: { ...servers.env, INGEST_WORKERS: "1" } });
    await using keys = openAccessKeys(servers);
    await keys.addSite(SITE, { limits: { requests_per_second: 1, burst_seconds: 6 } });
    const [own, other] = [await keys.create("read", SITE), await keys.create("read", "other")];
    const statusOf = async (headers: Readonly<Record<string, string>>) => {
      const { status, body } = await askReport(engine, { site_id: SITE }, { headers });
      return [status, body["error"] ?? "none"];
    };
    // The last, so that the others are known as well.
    await eventually(async () =>
      expect(await statusOf(withKey(other))).toEqual([403, "wrong_site"]),
    );
    expect(await statusOf({})).toEqual([401, "key_required"]);
    const target = `/query?site_id=${SITE}&metrics=visitors&date_range=${DATE},${DATE}`;
    expect((await ask(engine, target)).body["error"]).toBe("key_required");
    expect(await statusOf(withKey(own))).toEqual([200, "none"]);
    // More than a burst at once.
    await eventually(async () => {
      const outcomes = await Promise.all(
        Array.from({ length: 12 }, async () => await statusOf(withKey(own))),
      );
      expect(outcomes).toContainEqual([429, "rate_limited"]);
    });
  },
  TIMEOUT_MS,
);

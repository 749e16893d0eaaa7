import { afterEach, beforeAll, describe, expect, test } from "bun:test";
import type { StatusReport } from "../../src/administer/status/status-report.ts";
import { runQueueflow } from "../cli/run-queueflow.ts";
import { openAccessKeys } from "../support/access-keys.ts";
import { type Answer, ask } from "../support/api-client.ts";
import { setAside } from "../support/dead-letters.ts";
import { untilDrained, useEngine } from "../support/engine-servers.ts";
import { eventually } from "../support/eventually.ts";
import { sampleBody } from "../support/sample-event.ts";

const TIMEOUT_MS = 120_000;
const SITE = "pipeline.example";
const GOOD_TIME = "2026-01-15T12:00:00Z";
const file = useEngine({ INGEST_WORKERS: "1", CONSUMER_WORKERS: "1" });
let admin = "";
let siteAdmin = "";
let writeKey = "";

beforeAll(async () => {
  await using keys = openAccessKeys(file.servers);
  admin = (await keys.create("admin")).text;
  writeKey = (await keys.create("write", SITE)).text;
  siteAdmin = (await keys.create("admin", SITE)).text;
  await eventually(async () => {
    expect((await call("GET", "/sites", { key: siteAdmin })).status).toBe(200);
  });
}, TIMEOUT_MS);

afterEach(async () => {
  await file.servers.sql`DELETE FROM dead_events`;
});

interface CallOptions {
  readonly key?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

async function call(
  method: string,
  path: string,
  { key = admin, body, headers = {} }: CallOptions = {},
): Promise<Answer> {
  return await ask(file.engine, path, {
    method,
    headers: {
      ...(key === "" ? {} : { Authorization: `Bearer ${key}` }),
      ...(body === undefined ? {} : { "Content-Type": "application/json" }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

async function letters(count: number, more: Record<string, string> = {}) {
  const { event_id: _, ...fields } = sampleBody({ site_id: SITE }) as Record<string, string>;
  const ofEach = Array.from({ length: count }, (__, number) => ({
    ...fields,
    path: `/${number}`,
    timestamp: "yesterday",
    ...more,
  }));
  const { sql, key } = file.servers;
  await using keys = openAccessKeys(file.servers);
  return await setAside({ database: keys.servers.database, sql }, ofEach, { stream: key.stream });
}

describe("GET /status", () => {
  test("says what the command says", async () => {
    await letters(2);
    const answer = await eventually(async () => {
      const asked = await call("GET", "/status");
      expect(asked.body).toMatchObject({ engine: { state: "ok" }, rates: { stored_per_s: 0 } });
      return asked;
    });
    const { env } = file.servers;
    const variables = { ...env, API_PORT: String(file.engine.port) };
    const { stdout } = await runQueueflow(["status", "--json"], { env: variables });
    const own = answer.body as unknown as StatusReport;
    const said = JSON.parse(stdout) as StatusReport;
    expect(own).toMatchObject({ redis: said.redis, postgres: said.postgres, dead_letters: 2 });
    expect({ ...own.stream, length: 0 }).toEqual({ ...said.stream, length: 0 });
    const named = ({ engine }: StatusReport) => engine.threads.map(({ name }) => name).toSorted();
    expect(named(own)).toEqual(["consumer-1", "ingest-1", "packer", "reclaimer", "report-1"]);
    expect(JSON.stringify(own)).not.toMatch(/:\/\/[^/]*@/);
  });

  test("tells rates from two reports", async () => {
    const before = (await call("GET", "/status")).body as unknown as StatusReport;
    const body = Array.from({ length: 30 }, () =>
      sampleBody({ site_id: SITE, event_id: crypto.randomUUID() }),
    );
    expect((await call("POST", "/events", { key: writeKey, body })).status).toBe(202);
    await untilDrained(file.servers);
    await eventually(async () => {
      const after = (await call("GET", "/status")).body as unknown as StatusReport;
      for (const counted of ["appended_entries", "finished_entries"] as const) {
        expect(Number(after.stream[counted]) - Number(before.stream[counted])).toBe(30);
      }
      expect(after.last_commit_at).not.toBeNull();
    });
  });
});

describe("/dead-letters", () => {
  test("are listed newest first, page by page", async () => {
    const ids = await letters(130);
    const first = await call("GET", "/dead-letters");
    const listed = first.body["dead_letters"] as Record<string, unknown>[];
    expect(listed.map(({ id }) => id)).toEqual(ids.slice(30).toReversed());
    expect(listed[0]).toEqual({
      id: ids[129],
      stream: file.servers.key.stream,
      entry_id: expect.any(String),
      reason: "by a test",
      deliveries: 2,
      set_aside_at: expect.any(String),
      fields: expect.objectContaining({ path: "/129", timestamp: "yesterday" }),
      retry_fields: null,
    });
    const rest = await call("GET", `/dead-letters?before=${String(first.body["next_before"])}`);
    expect(rest.body["dead_letters"]).toHaveLength(30);
    expect(rest.body["next_before"]).toBeNull();
  });

  test("keep long fields to themselves", async () => {
    await letters(1, { title: "x".repeat(40_000) });
    const { body } = await call("GET", "/dead-letters");
    expect(body["dead_letters"]).toMatchObject([{ fields: null }]);
  });

  test("are corrected, sent once and stored", async () => {
    const ids = await letters(3);
    const refused = await call("POST", "/dead-letters/retry", { body: { ids } });
    expect(refused.body).toMatchObject({ sent: 0, refused: [{ id: ids[0] }, {}, {}], missing: [] });
    const corrected = (site_id: string) => ({
      ids,
      corrections: { site_id, timestamp: GOOD_TIME },
    });
    const answers = await Promise.all(
      ["a.example", "b.example"].map(
        async (site) => await call("POST", "/dead-letters/retry", { body: corrected(site) }),
      ),
    );
    const sent = answers.map(({ body }) => Number(body["sent"]));
    expect(sent.reduce((sum, each) => sum + each)).toBe(3);
    await untilDrained(file.servers);
    const stored = await file.servers.sql`
      SELECT path FROM events WHERE site_id IN ('a.example', 'b.example') ORDER BY path`;
    expect(stored.map(({ path }) => path)).toEqual(["/0", "/1", "/2"]);
    expect((await call("GET", "/dead-letters")).body["dead_letters"]).toEqual([]);
  });

  test("are dropped", async () => {
    const [first = "", second = ""] = await letters(2);
    const dropped = await call("POST", "/dead-letters/drop", { body: { ids: [first, "999999"] } });
    expect(dropped.body).toEqual({ dropped: 1, begun: [], missing: ["999999"] });
    const { body } = await call("GET", "/dead-letters");
    expect(body["dead_letters"]).toMatchObject([{ id: second }]);
  });

  test.each([
    ["GET", "/dead-letters?before=x", undefined, "before"],
    ["GET", "/dead-letters?limit=1", undefined, "limit"],
    ["GET", "/status?site_id=a", undefined, "site_id"],
    ["POST", "/dead-letters/retry", {}, "ids"],
    ["POST", "/dead-letters/retry", { ids: [] }, "ids"],
    ["POST", "/dead-letters/retry", { ids: [7] }, "ids"],
    ["POST", "/dead-letters/retry", { ids: ["9223372036854775808"] }, "ids"],
    ["POST", "/dead-letters/retry", { ids: ["1' OR 1"] }, "ids"],
    ["POST", "/dead-letters/retry", { ids: ["1"], set: {} }, "set"],
    ["POST", "/dead-letters/retry", { ids: ["1"], corrections: [] }, "corrections"],
    ["POST", "/dead-letters/retry", { ids: ["1"], corrections: { colour: "" } }, "corrections"],
    ["POST", "/dead-letters/retry", { ids: ["1"], corrections: { path: 1 } }, "corrections"],
    [
      "POST",
      "/dead-letters/retry",
      { ids: ["1", "2"], corrections: { event_id: crypto.randomUUID() } },
      "corrections",
    ],
    ["POST", "/dead-letters/drop", { ids: ["1"], all: true }, "all"],
    ["POST", "/dead-letters/drop", { ids: Array.from({ length: 101 }, () => "1") }, "ids"],
  ])("%s %s refuses %j", async (method, path, body, field) => {
    const answer = await call(method, path, { body });
    expect(answer).toMatchObject({ status: 422, body: { error: "invalid_field" } });
    expect(Object.keys(answer.body["fields"] as object)).toEqual([field]);
  });
});

describe("the pipeline is closed to", () => {
  const requests: [string, string, unknown][] = [
    ["GET", "/status", undefined],
    ["GET", "/dead-letters", undefined],
    ["POST", "/dead-letters/retry", { ids: ["1"] }],
    ["POST", "/dead-letters/drop", { ids: ["1"] }],
  ];
  test.each(requests)("the administrator of one site: %s %s", async (method, path, body) => {
    expect(await call(method, path, { key: siteAdmin, body })).toMatchObject({
      status: 403,
      body: { error: "wrong_site" },
    });
  });

  test("the page of another site", async () => {
    const [id = ""] = await letters(1);
    const { url } = file.engine;
    const signedIn = await call("POST", "/session", {
      key: "",
      body: { key: admin },
      headers: { Origin: url },
    });
    const Cookie = signedIn.headers.get("set-cookie")?.split(";", 1)[0] ?? "";
    const drop = async (Origin: string) =>
      await call("POST", "/dead-letters/drop", {
        key: "",
        body: { ids: [id] },
        headers: { Cookie, Origin },
      });
    expect(await drop("http://evil.example")).toMatchObject({ status: 403 });
    expect(await file.servers.sql`SELECT FROM dead_events`).toHaveLength(1);
    expect(await drop(url)).toMatchObject({ status: 200, body: { dropped: 1 } });
  });
});

import { describe, expect, test } from "bun:test";
import { request as httpRequest } from "node:http";
import { PATHS } from "../../src/paths.ts";
import { startEngine } from "../support/engine.ts";
import { useEngine } from "../support/engine-servers.ts";
import { sampleBody } from "../support/sample-event.ts";

const TIMEOUT_MS = 120_000;
const METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"];
const ASSETS = ["/swagger/swagger-ui.css", "/swagger/swagger-ui-bundle.js"];
const TARGETS = [...PATHS, ...ASSETS, "/no-such-path", "/event/", "/stats?a=b", "/metrics?a=b"];
const EVENT_PATHS = new Set(["/event", "/event/", "/events", "/collect", "/collect.gif"]);
const SCRIPT = "/script.js";
const PAGES = new Set(["/", "/swagger", "/share", "/embed"]);

interface Asked {
  readonly url: string;
  readonly method: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

const file = useEngine({ API_HOST: "127.0.0.1", INGEST_WORKERS: "1", CONSUMER_WORKERS: "1" });

/** Unlike `fetch`, takes any Host. */
async function answerTo({ url, method, headers = {}, body }: Asked): Promise<Answer> {
  const answered = Promise.withResolvers<Answer>();
  const request = httpRequest(url, { method, headers }, (response) => {
    response.resume();
    answered.resolve({ status: response.statusCode ?? 0, headers: response.headers });
  });
  request.on("error", answered.reject);
  request.end(body);
  return await answered.promise;
}

/** Returns what the answer lacks. */
function lacking(target: string, { status, headers }: Answer): readonly string[] {
  const path = target.replace(/\?.*/, "");
  const policy = String(headers["content-security-policy"]);
  const isEvent = EVENT_PATHS.has(path);
  const isScript = path === SCRIPT && status === 200;
  const isPage = PAGES.has(path) && String(headers["content-type"]).startsWith("text/html");
  const checks: Readonly<Record<string, boolean>> = {
    nosniff: headers["x-content-type-options"] === "nosniff",
    "default-src": policy.startsWith("default-src 'none'; "),
    "frame-ancestors": policy.endsWith("frame-ancestors 'none'"),
    "no unsafe-inline": !policy.includes("unsafe"),
    referrer: headers["referrer-policy"] === "no-referrer",
    resource:
      headers["cross-origin-resource-policy"] ===
      (isEvent || isScript ? "cross-origin" : "same-origin"),
    opener: !isPage || headers["cross-origin-opener-policy"] === "same-origin",
    "no-store":
      isEvent || isScript || ASSETS.includes(path) || headers["cache-control"] === "no-store",
    vary: !isEvent || headers["vary"] === "Origin",
    "no CORS": isScript || headers["access-control-allow-origin"] === undefined,
  };
  const missing = Object.entries(checks).filter(([, holds]) => !holds);
  return missing.map(([name]) => `${target} ${status}: ${name}`);
}

async function walk(base: string, more: readonly Omit<Asked, "url">[] = []) {
  const problems: string[] = [];
  const statuses = new Set<number>();
  for (const target of TARGETS) {
    const asked = METHODS.map((method) => ({ method, headers: { Accept: "text/html" } }));
    for (const each of [...asked, ...more]) {
      const answer = await answerTo({ url: `${base}${target}`, ...each });
      statuses.add(answer.status);
      problems.push(...lacking(target, answer).map((problem) => `${each.method} ${problem}`));
    }
  }
  return { problems, statuses: [...statuses].toSorted((a, b) => a - b) };
}

describe("security headers", () => {
  const json = { "Content-Type": "application/json" };
  const event = JSON.stringify(sampleBody());
  test(
    "are on every response of every route",
    async () => {
      const { problems, statuses } = await walk(file.engine.url, [
        { method: "GET", headers: { Host: "evil.example" } },
        { method: "GET", headers: { Host: "a b" } },
        { method: "POST", headers: { Host: "a b", ...json }, body: event },
        { method: "POST", headers: json, body: event },
        { method: "POST", headers: json, body: "{" },
        { method: "POST", headers: json, body: "{}" },
        { method: "POST", headers: json, body: " ".repeat(5_000_000) },
      ]);
      expect(problems).toEqual([]);
      expect(statuses).toEqual([200, 202, 204, 400, 401, 403, 404, 405, 413, 415, 422]);
    },
    TIMEOUT_MS,
  );

  test(
    "are on every response while both servers are away",
    async () => {
      await using engine = await startEngine({
        env: {
          REDIS_URL: "redis://127.0.0.1:1",
          DATABASE_URL: "postgres://127.0.0.1:1/none",
          INGEST_WORKERS: "1",
          CONSUMER_WORKERS: "0",
        },
      });
      const { problems, statuses } = await walk(engine.url, [
        { method: "POST", headers: json, body: event },
      ]);
      expect(problems).toEqual([]);
      expect(statuses).toContain(503);
    },
    TIMEOUT_MS,
  );
});

describe("a host name", () => {
  const names: readonly (readonly [string, string, number])[] = [
    ["/stats?site_id=a", "localhost:1", 200],
    ["/stats?site_id=a", "app.LOCALHOST.", 200],
    ["/stats?site_id=a", "192.0.2.1", 200],
    ["/stats?site_id=a", "[::1]:3000", 200],
    ["/stats?site_id=a", "evil.example", 403],
    ["/stats?site_id=a", "evil.example.:3000", 403],
    ["/stats?site_id=a", "127.0.0.1.evil.example", 403],
    ["/stats?site_id=a", "notlocalhost", 403],
    ["/metrics", "evil.example", 403],
    ["/health", "evil.example", 403],
    ["/", "evil.example", 403],
    ["/swagger", "evil.example", 403],
    ["/swagger/json", "evil.example", 403],
    ["/swagger/swagger-ui.css", "evil.example", 403],
    ["/no-such-path", "evil.example", 403],
    ["/event", "evil.example", 405],
    ["/event/../stats?site_id=a", "evil.example", 403],
    ["/health/live", "evil.example", 200],
    ["/health/ready", "evil.example", 200],
  ];
  test.each(names)("%s of %s gets %d", async (path, host, status) => {
    const answer = await answerTo({
      url: `${file.engine.url}${path}`,
      method: "GET",
      headers: { Host: host, Accept: "text/html" },
    });
    expect(answer.status).toBe(status);
  });

  test("is explained when it is refused", async () => {
    const response = await fetch(`${file.engine.url}/stats`, { headers: { Host: "a.example" } });
    expect(await response.json()).toEqual({
      error: "host_not_allowed",
      message:
        'Expected Host to be localhost, an address or a name in ALLOWED_HOSTS, got "a.example"',
      retryable: false,
    });
  });
});

describe("checks host names", () => {
  const cases: readonly (readonly [string, Readonly<Record<string, string>>, object])[] = [
    [
      "on every listener with ALLOWED_HOSTS",
      { API_HOST: "0.0.0.0", ALLOWED_HOSTS: "stats.example" },
      { "Stats.Example:8080": 200, "evil.example": 403 },
    ],
    [
      "not behind a trusted proxy",
      { API_HOST: "127.0.0.1", TRUSTED_PROXIES: "127.0.0.1" },
      { "evil.example": 200 },
    ],
    ["not on another listener", { API_HOST: "0.0.0.0" }, { "evil.example": 200 }],
  ];
  test.each(cases)(
    "%s",
    async (_, env, expected) => {
      await using engine = await startEngine({
        env: { ...file.servers.env, INGEST_WORKERS: "1", CONSUMER_WORKERS: "0", ...env },
      });
      const statuses: Record<string, number> = {};
      for (const host of Object.keys(expected)) {
        const asked = { url: `${engine.url}/health`, method: "GET", headers: { Host: host } };
        statuses[host] = (await answerTo(asked)).status;
      }
      expect(statuses).toEqual({ ...expected });
    },
    TIMEOUT_MS,
  );
});

import { afterAll, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { PATHS, type Path } from "../../src/paths.ts";
import { type Answer, ask, readStats, sendEvent } from "../support/api-client.ts";
import { acceptedText } from "../support/arbitraries.ts";
import { checkAllStored, untilDrained, useEngine } from "../support/engine-servers.ts";
import { openRaw, sendRaw, sendThenRead } from "../support/raw-http.ts";
import { sampleBody } from "../support/sample-event.ts";

const TIMEOUT_MS = 120_000;
const BODY_BYTES_MAX = 64 * 1_024;
const JSON_HEADERS = { "Content-Type": "application/json" };

const file = useEngine({ INGEST_WORKERS: "1", CONSUMER_WORKERS: "1" });
/** Every event that got a 202. Nothing else may be in the tables at the end. */
const accepted = new Set<string>();

async function send(body: unknown): Promise<Answer> {
  const answer = await sendEvent(file.engine, body);
  if (answer.status === 202) accepted.add(String(answer.body["event_id"]));
  return answer;
}

/** Expects exactly the keys of an error, and `Retry-After` with 503. */
function expectError(
  { status, body, headers }: Answer,
  expected: { status: number; error: string; fields?: readonly string[] },
): void {
  const { fields } = expected;
  expect({ status, error: body["error"] }).toEqual({
    status: expected.status,
    error: expected.error,
  });
  expect(Object.keys(body).toSorted()).toEqual(
    ["error", "message", "retryable", ...(fields === undefined ? [] : ["fields"])].toSorted(),
  );
  expect(String(body["message"])).toMatch(/^Expected .*, got |^Expected one of the paths /s);
  expect(body["retryable"]).toBe(expected.status === 408 || expected.status >= 500);
  expect(headers.has("retry-after")).toBe(status === 503);
  if (fields !== undefined) {
    expect(Object.keys(body["fields"] as object).toSorted()).toEqual(fields.toSorted());
  }
}

const DAY_MS = 24 * 60 * 60 * 1_000;

describe("POST /event with an invalid event", () => {
  const required = ["site_id", "event_type", "path", "user_id", "timestamp"];
  const all = [...required, "event_id"];
  const tomorrow = new Date(Date.now() + DAY_MS + 60 * 60 * 1_000).toISOString();
  const bodies: [string, unknown, readonly string[]][] = [
    ["without fields", {}, required],
    ["with numbers as fields", Object.fromEntries(all.map((field) => [field, 1])), all],
    ["with fields in another case", '{"Site_Id":"a"}', required],
    ["with fields of a prototype", `{"__proto__":${JSON.stringify(sampleBody())}}`, required],
    ["with a lone surrogate", sampleBody({ path: "a\ud800" }), ["path"]],
    ["25 hours ahead", sampleBody({ timestamp: tomorrow }), ["timestamp"]],
  ];
  test.each(bodies)("is a 422 that names the fields: %s", async (_, body, fields) => {
    expectError(await send(body), { status: 422, error: "invalid_field", fields });
  });
});

describe("POST /event with another body", () => {
  const bodies: [string, string | Uint8Array<ArrayBuffer>, string][] = [
    ["nothing", "", "invalid_json"],
    ["a form", "site_id=a&path=b", "invalid_json"],
    ["deep nesting", "[".repeat(60_000), "invalid_json"],
    ["no UTF-8", new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), "invalid_json"],
    ["a list of events", JSON.stringify([sampleBody()]), "not_an_object"],
  ];
  test.each(bodies)("is a 400: %s", async (_, body, error) => {
    const init = { method: "POST", headers: JSON_HEADERS, body };
    expectError(await ask(file.engine, "/event", init), { status: 400, error });
  });

  const headers: [string, Record<string, string>][] = [
    ["a form", { "Content-Type": "application/x-www-form-urlencoded" }],
    ["another charset", { "Content-Type": "application/json; charset=latin1" }],
    ["an unknown compression", { ...JSON_HEADERS, "Content-Encoding": "compress" }],
  ];
  test.each(headers)("is a 415 for the headers of %s", async (_, of) => {
    const init = { method: "POST", headers: of, body: JSON.stringify(sampleBody()) };
    const answer = await ask(file.engine, "/event", init);
    expectError(answer, { status: 415, error: "unsupported_media_type" });
  });

  test("is a 415 without a Content-Type", async () => {
    const { status, body } = await sendRaw(
      file.engine.port,
      "POST /event HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}",
    );
    expect(status).toBe(415);
    expect(JSON.parse(body)).toMatchObject({ error: "unsupported_media_type" });
  });

  const equivalent: [string, string][] = [
    ["Application/JSON;charset=UTF-8", "Identity"],
    ["application/json; charset=utf-8;", "identity"],
  ];
  test.each(equivalent)("is accepted as %s, %s", async (type, encoding) => {
    const headersOf = { "Content-Type": type, "Content-Encoding": encoding };
    const body = JSON.stringify(sampleBody({ event_id: undefined }));
    const answer = await ask(file.engine, "/event", { method: "POST", headers: headersOf, body });
    expect(answer.status).toBe(202);
    accepted.add(String(answer.body["event_id"]));
  });
});

describe("a body", () => {
  const ofBytes = (bytes: number) => {
    const body = sampleBody({ event_id: undefined, more: "" });
    return JSON.stringify({ ...body, more: "x".repeat(bytes - JSON.stringify(body).length) });
  };

  test("of 64 KiB is accepted", async () => {
    const body = ofBytes(BODY_BYTES_MAX);
    expect(Buffer.byteLength(body)).toBe(BODY_BYTES_MAX);
    expect((await send(body)).status).toBe(202);
  });

  test("of one declared byte more is a 413", async () => {
    const answer = await send(ofBytes(BODY_BYTES_MAX + 1));
    expectError(answer, { status: 413, error: "body_too_large" });
  });

  test(
    "of a declared gigabyte is a 413 at once, and closes",
    async () => {
      using connection = await openRaw(file.engine.port);
      connection.write(
        "POST /event HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 1000000000\r\n\r\n",
      );
      expect((await connection.answer).status).toBe(413);
      await connection.closed;
    },
    TIMEOUT_MS,
  );

  test("of more in chunks is a 413", async () => {
    const chunk = "x".repeat(BODY_BYTES_MAX / 2 + 1);
    const chunks = `${chunk.length.toString(16)}\r\n${chunk}\r\n`.repeat(2);
    const { status, body } = await sendRaw(
      file.engine.port,
      `POST /event HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}`,
    );
    expect(status).toBe(413);
    expect(JSON.parse(body)).toMatchObject({ error: "body_too_large", retryable: false });
  });

  test("in chunks is accepted", async () => {
    const text = JSON.stringify(sampleBody({ event_id: undefined }));
    const { status, body } = await sendRaw(
      file.engine.port,
      `POST /event HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${text.length.toString(16)}\r\n${text}\r\n0\r\n\r\n`,
    );
    expect(status).toBe(202);
    accepted.add((JSON.parse(body) as { event_id: string }).event_id);
  });
});

describe("a client that reads after it has sent everything sees", () => {
  const json = "Content-Type: application/json\r\n";
  const requests: [number, string, string][] = [
    [413, "POST /event", json],
    [415, "POST /event", "Content-Type: text/csv\r\n"],
    [405, "PUT /event", json],
    [404, "POST /nothing", json],
  ];
  for (const [status, line, type] of requests) {
    test.each(["chunked", "declared"])(`the ${status} of ${line}, %s`, async (framing) => {
      const head = `${line} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${type}`;
      const body = Array.from({ length: 45 }, () => "x".repeat(BODY_BYTES_MAX));
      const pieces =
        framing === "chunked"
          ? [
              `${head}Transfer-Encoding: chunked\r\n\r\n`,
              ...body.map((piece) => `${piece.length.toString(16)}\r\n${piece}\r\n`),
              "0\r\n\r\n",
            ]
          : [`${head}Content-Length: ${body.length * BODY_BYTES_MAX}\r\n\r\n`, ...body];
      const answer = await sendThenRead(file.engine.port, pieces, async () => {
        await ask(file.engine, "/health/live");
      });
      expect(answer.status).toBe(status);
      expect(JSON.parse(answer.body)).toMatchObject({ retryable: false });
    });
  }
});

test(
  "a body that does not arrive is refused, and closes",
  async () => {
    const post = "POST /event HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n";
    const starts: [string, number, string][] = [
      [
        "POST /event HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n{",
        415,
        "unsupported_media_type",
      ],
      ["PUT /event HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n{", 405, "method_not_allowed"],
      ["PUT /no HTTP/1.1\r\nHost: a\r\nContent-Length: 9000000\r\n\r\n{", 404, "not_found"],
      ["PUT /no HTTP/1.1\r\nHost: a b\r\nTransfer-Encoding: chunked\r\n\r\n", 400, "invalid_host"],
      [`${post}Content-Length: 100\r\n\r\n{`, 408, "slow_body"],
      [`${post}Transfer-Encoding: chunked\r\n\r\n`, 408, "slow_body"],
      [`${post}Content-Length: 100000\r\n\r\n{`, 413, "body_too_large"],
      [
        `${post}Transfer-Encoding: chunked\r\n\r\n11000\r\n${"x".repeat(0x1_10_00)}\r\n`,
        413,
        "body_too_large",
      ],
    ];
    await Promise.all(
      starts.map(async ([start, expected, error]) => {
        using connection = await openRaw(file.engine.port);
        connection.write(start);
        const { status, head, body } = await connection.answer;
        expect(status).toBe(expected);
        expect(head).toMatch(/^connection: close$/im);
        expect(JSON.parse(body)).toMatchObject({ error, retryable: expected === 408 });
        await connection.closed;
      }),
    );
  },
  TIMEOUT_MS,
);

describe("a request", () => {
  const asks: [string, string, number, string][] = [
    ["GET", "/event", 405, "method_not_allowed"],
    ["PUT", "/event", 405, "method_not_allowed"],
    ["DELETE", "/event", 405, "method_not_allowed"],
    ["PATCH", "/event", 405, "method_not_allowed"],
    ["POST", "/stats", 405, "method_not_allowed"],
    ["OPTIONS", "/stats", 405, "method_not_allowed"],
    ["POST", "/health/live", 405, "method_not_allowed"],
    ["DELETE", "/health/ready", 405, "method_not_allowed"],
    ["POST", "/swagger/json", 405, "method_not_allowed"],
    ["GET", "/event/", 405, "method_not_allowed"],
    ["POST", "/health/", 405, "method_not_allowed"],
    ["GET", "/", 404, "not_found"],
    ["DELETE", "/", 405, "method_not_allowed"],
    ["GET", "/eventss", 404, "not_found"],
    ["GET", "/events", 405, "method_not_allowed"],
    ["POST", "/", 405, "method_not_allowed"],
    ["GET", "/event/../../etc/passwd", 404, "not_found"],
    ["GET", "/%00", 404, "not_found"],
    ["GET", "/%zz", 404, "not_found"],
    ["GET", "/swagger/../package.json", 404, "not_found"],
    ["GET", "/constructor", 404, "not_found"],
    ["GET", "/__proto__", 404, "not_found"],
  ];
  test.each(asks)("%s %s is a %d", async (method, path, status, error) => {
    const answer = await ask(file.engine, path, { method });
    expectError(answer, { status, error });
    expect(answer.headers.has("allow")).toBe(status === 405);
  });

  test("from any page passes its preflight", async () => {
    const origin = "https://shop.example";
    const init = { method: "OPTIONS", headers: { Origin: origin } };
    const { status, headers } = await fetch(`${file.engine.url}/event`, init);
    expect(status).toBe(204);
    expect(headers.get("access-control-allow-origin")).toBe(origin);
    expect(headers.get("access-control-allow-methods")).toContain("POST");
  });

  const malformed: [string, string, readonly number[]][] = [
    [
      "two lengths",
      "POST /event HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
      [400],
    ],
    ["a negative length", "POST /event HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", [400]],
    [
      "a length and chunks",
      "POST /event HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      [400],
    ],
    [
      "a chunk of no size",
      "POST /event HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
      [400],
    ],
    [
      "another transfer coding",
      "POST /event HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
      [400, 501],
    ],
    ["no host", "GET /health/live HTTP/1.1\r\n\r\n", [400]],
    ["a TLS hello", "\u0016\u0003\u0001\u0002\0\u0001\0\u0001\u00fc", [400]],
    [
      "a header of 20 KB",
      `GET /health/live HTTP/1.1\r\nHost: a\r\nX: ${"x".repeat(20_000)}\r\n\r\n`,
      [431],
    ],
    ["a URL of 100 KB", `GET /${"x".repeat(100_000)} HTTP/1.1\r\nHost: a\r\n\r\n`, [414, 431]],
  ];
  test.each(malformed)("with %s is malformed", async (_, text, statuses) => {
    expect(statuses).toContain((await sendRaw(file.engine.port, text)).status);
  });

  // Load balancers probe with HTTP/1.0, which knows no Host header.
  const hosts = [
    "HTTP/1.0\r\n",
    "HTTP/1.1\r\nHost: a\r\n",
    "HTTP/1.1\r\nHost:\r\n",
    "HTTP/1.1\r\nHost: [::1]:3000\r\n",
  ];
  test.each(hosts.map((host) => [host]))("gets JSON for every valid host: %j", async (host) => {
    const expected: [string, number][] = [
      ["GET /nothing", 404],
      ["GET /event", 405],
      ["GET /stats?site_id=a", 200],
      ["GET /health/ready", 200],
    ];
    for (const [line, status] of expected) {
      const answer = await sendRaw(file.engine.port, `${line} ${host}\r\n`);
      expect({ line, status: answer.status }).toEqual({ line, status });
      expect(JSON.parse(answer.body)).toBeObject();
    }
  });

  test.each([
    ["/anything/metrics", 404],
    ["/anything/health/live", 404],
    ["/event?/health/live", 405],
    ["/event?/stats?site_id=a", 405],
    ["/health?/metrics", 200],
  ])("may be absent without %s leading elsewhere", async (path, status) => {
    const answer = await sendRaw(file.engine.port, `GET ${path} HTTP/1.0\r\n\r\n`);
    expect(answer.status).toBe(status);
    expect(answer.head).toContain("X-Content-Type-Options");
    expect(answer.body).not.toContain("# HELP");
  });

  const invalidHosts = ["a\r\nHost: b", "a\r\nHost: a", "a\r\nhost:", "\r\nHost: a", "a b", "["];
  test.each(invalidHosts)("is a 400 on every route with Host: %j", async (host) => {
    const text = JSON.stringify(sampleBody({ event_id: undefined }));
    const post = `POST /event HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: ${text.length}\r\n`;
    const requests = ["/stats?site_id=a", "/health/ready", "/swagger", "/nothing", "/event/"].map(
      (path) => `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`,
    );
    for (const request of [...requests, `${post}Host: ${host}\r\n\r\n${text}`]) {
      const { status, body } = await sendRaw(file.engine.port, request);
      expect({ request, status }).toEqual({ request, status: 400 });
      expect(JSON.parse(body)).toMatchObject({ error: "invalid_host", retryable: false });
    }
  });

  // Elysia looks for the path behind the host, and by default assumes that the host has at least four characters.
  test.each(["a", "localhost"])(
    "may have a slash at the end of its path, with host %s",
    async (host) => {
      const get = async (path: string) =>
        (await sendRaw(file.engine.port, `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`)).status;
      expect(await get("/health/ready/")).toBe(200);
      expect(await get("/stats/?site_id=a")).toBe(200);
      expect(await get("/event/")).toBe(405);
    },
  );

  test("that was refused leaves the connection usable", async () => {
    using connection = await openRaw(file.engine.port);
    const refused =
      "POST /event HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}";
    connection.write(refused);
    expect((await connection.answer).status).toBe(415);
    expect((await ask(file.engine, "/health/live")).status).toBe(200);
  });
});

describe("GET /stats", () => {
  test("names every invalid parameter in a 422", async () => {
    const answer = await readStats(file.engine, { date: "x", limit: "x" });
    const fields = ["site_id", "date", "limit"];
    expectError(answer, { status: 422, error: "invalid_field", fields });
  });

  test("refuses a site_id that is not UTF-8", async () => {
    const broken = await ask(file.engine, "/stats?site_id=caf%e9");
    expectError(broken, { status: 422, error: "invalid_field", fields: ["site_id"] });
    const replacement = await ask(file.engine, "/stats?site_id=%EF%BF%BD");
    expect(replacement.body).toMatchObject({ site_id: "\ufffd", total_views: 0 });
  });

  test("reads the first and the last day", async () => {
    for (const date of ["0001-01-01", "9999-12-31"]) {
      expect((await readStats(file.engine, { site_id: "a", date })).status).toBe(200);
    }
  });
});

/** Routes that return numbers or administer are strict; events, pages, assets and health are not. */
const UNKNOWN_PARAMETERS: Readonly<Record<Path, "refused" | "ignored" | "nothing without a key">> =
  {
    "/": "ignored",
    "/event": "ignored",
    "/events": "ignored",
    "/collect": "ignored",
    "/collect.gif": "ignored",
    "/script.js": "ignored",
    "/stats": "refused",
    "/query": "refused",
    "/export": "refused",
    "/live": "refused",
    "/live/stream": "refused",
    "/sites": "nothing without a key",
    "/sites/readable": "refused",
    "/sites/overview": "refused",
    "/sites/goals": "nothing without a key",
    "/sites/segments": "nothing without a key",
    "/sites/shares": "nothing without a key",
    "/sites/annotations": "refused",
    "/keys": "nothing without a key",
    "/keys/revoke": "nothing without a key",
    "/status": "nothing without a key",
    "/dead-letters": "nothing without a key",
    "/dead-letters/retry": "nothing without a key",
    "/dead-letters/drop": "nothing without a key",
    "/session": "refused",
    "/share": "ignored",
    "/share/site": "refused",
    "/share/annotations": "refused",
    "/share/live/stream": "refused",
    "/share/query": "nothing without a key",
    "/share/session": "nothing without a key",
    "/embed": "ignored",
    "/health": "ignored",
    "/health/live": "ignored",
    "/health/ready": "ignored",
    "/metrics": "refused",
    "/swagger": "ignored",
    "/swagger/json": "ignored",
  };

describe("an unknown parameter is", () => {
  const known: Partial<Record<Path, string>> = {
    "/stats": "site_id=a&",
    "/query": "site_id=a&metrics=visitors&date_range=day&",
    "/export": "site_id=a&",
    "/live": "site_id=a&",
    "/live/stream": "site_id=a&",
    "/sites/annotations": "site_id=a&",
  };
  for (const path of PATHS) {
    const outcome = UNKNOWN_PARAMETERS[path];
    test(`${outcome} by ${path}`, async () => {
      const statusOf = async (query: string, init: RequestInit = {}) =>
        (await fetch(`${file.engine.url}${path}?${query}`, init)).status;
      const query = known[path] ?? "";
      const expected = outcome === "refused" ? 422 : await statusOf(query);
      for (const parameter of ["from=2026-01-15", "SITE_ID=b", "limit%5B%5D=1", "%ff=1", "=1"]) {
        expect({ parameter, status: await statusOf(query + parameter) }).toEqual({
          parameter,
          status: expected,
        });
      }
      expect(await statusOf(`${query}from=1`, { method: "HEAD" })).toBe(expected);
    });
  }

  test("named with the known parameters", async () => {
    const answer = await ask(file.engine, "/stats?site_id=a&from=2026-01-01&to=2026-01-31");
    expectError(answer, { status: 422, error: "invalid_field", fields: ["from", "to"] });
    expect(answer.body["message"]).toContain("site_id, date, limit");
  });

  test("ignored by POST /event, which stores the event", async () => {
    const init = { method: "POST", headers: JSON_HEADERS, body: JSON.stringify(sampleBody()) };
    const { status, body } = await ask(file.engine, "/event?v=2&v=3&=", init);
    expect(status).toBe(202);
    accepted.add(String(body["event_id"]));
  });
});

test("no response repeats more than 64 bytes of a field", async () => {
  const secret = "S3cret".repeat(300);
  const answers = [
    await send(sampleBody({ timestamp: secret })),
    await send(sampleBody({ event_id: secret })),
    await send(secret),
    await readStats(file.engine, { site_id: "a", date: secret, limit: secret }),
    await ask(file.engine, `/stats?${secret}=${secret}&x${secret}=1`),
    await ask(file.engine, `/${secret}`),
    await ask(file.engine, "/event", { method: "POST", headers: { "Content-Type": secret } }),
  ];
  for (const { body } of answers) {
    for (const [echo] of JSON.stringify(body).matchAll(/(S3cret)+/g)) {
      expect(echo.length).toBeLessThanOrEqual(64);
    }
  }
});

describe("POST /event with any JSON", () => {
  /** Mostly an event, with anything in any field. */
  const anything = fc.oneof(
    fc.jsonValue({ maxDepth: 3 }),
    fc.string({ unit: "binary", maxLength: 300 }),
    acceptedText(256),
    fc
      .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 80 })
      .map((units) => String.fromCharCode(...units)),
  );
  const timestamp = fc.oneof(
    fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
    fc.constantFrom("2026-01-15T09:30:00Z", "2026-01-15T09:30:00.5+05:30"),
    anything,
  );
  const nearlyEvent = fc.record(
    {
      site_id: fc.oneof({ weight: 6, arbitrary: acceptedText(128) }, anything),
      event_type: fc.oneof({ weight: 6, arbitrary: acceptedText(64) }, anything),
      path: fc.oneof({ weight: 6, arbitrary: acceptedText(2_048) }, anything),
      user_id: fc.oneof({ weight: 6, arbitrary: acceptedText(256) }, anything),
      timestamp: fc.oneof({ weight: 6, arbitrary: fc.constant("2026-01-15T09:30:00Z") }, timestamp),
      event_id: fc.option(fc.oneof(fc.uuid(), anything), { nil: undefined }),
    },
    { requiredKeys: [] },
  );
  const anyBody = fc.oneof({ weight: 8, arbitrary: nearlyEvent }, fc.jsonValue({ maxDepth: 6 }));

  test(
    "stores every 202 and refuses the rest with 400 or 422",
    async () => {
      const before = accepted.size;
      await fc.assert(
        fc.asyncProperty(fc.array(anyBody, { minLength: 20, maxLength: 40 }), async (bodies) => {
          const answers = await Promise.all(bodies.map(async (body) => await send(body)));
          for (const { status } of answers) expect([202, 400, 422]).toContain(status);
        }),
        { numRuns: 60 },
      );
      expect(accepted.size).toBeGreaterThan(before + 100);
      await untilDrained(file.servers);
      await checkAllStored(file.servers, { accepted, sent: accepted });
    },
    TIMEOUT_MS,
  );
});

afterAll(() => {
  // Errors of clients are not logged; an unexpected error would be.
  const { records } = file.engine.output;
  expect(records.filter(({ level }) => level === "error" || level === "warn")).toEqual([]);
});

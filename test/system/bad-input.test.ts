import { afterAll, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { PATHS, type Path } from "../../src/metrics/routes.ts";
import { type Answer, ask, readStats, sendEvent } from "../support/api-client.ts";
import { acceptedText } from "../support/arbitraries.ts";
import { checkAllStored, untilDrained, useEngine } from "../support/engine-servers.ts";
import { openRaw, sendRaw } from "../support/raw-http.ts";
import { sampleBody } from "../support/sample-event.ts";

const TIMEOUT_MS = 60_000;
const BODY_BYTES_MAX = 64 * 1_024;
const JSON_HEADERS = { "Content-Type": "application/json" };

const file = useEngine({ INGEST_WORKERS: "1", CONSUMER_WORKERS: "1" });
/** Whatever this file was answered 202 for; nothing else may be in the tables in the end. */
const accepted = new Set<string>();

async function send(body: unknown): Promise<Answer> {
  const answer = await sendEvent(file.engine, body);
  if (answer.status === 202) accepted.add(String(answer.body["event_id"]));
  return answer;
}

/** Every error answer has exactly these keys, and 503 says when to come back. */
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

const LONG = "x".repeat(300);
const OF_2_BYTES = "ä";
const OF_4_BYTES = "😀";
const DAY_MS = 24 * 60 * 60 * 1_000;

describe("POST /event answers 422 and names the field when", () => {
  const required = ["site_id", "event_type", "path", "user_id", "timestamp"];
  const wrongTypes: [string, unknown][] = [
    ["absent", undefined],
    ["null", null],
    ["a number", 42],
    ["a number beyond 2^53", 2 ** 60],
    ["a boolean", true],
    ["an array", ["x"]],
    ["an object", { toString: "x" }],
    ["empty", ""],
    ["with NUL", "a\0b"],
    ["a lone high surrogate", "a\ud800"],
    ["a lone low surrogate", "\udc00a"],
  ];
  for (const field of [...required, "event_id"]) {
    for (const [what, value] of wrongTypes) {
      if (field === "event_id" && value === undefined) continue;
      test(`${field} is ${what}`, async () => {
        const answer = await send(sampleBody({ [field]: value }));
        expectError(answer, { status: 422, error: "invalid_field", fields: [field] });
      });
    }
  }

  const overLimits: [string, string][] = [
    ["site_id", "s".repeat(129)],
    ["site_id", OF_2_BYTES.repeat(65)],
    ["site_id", OF_4_BYTES.repeat(33)],
    ["event_type", "t".repeat(65)],
    ["event_type", OF_2_BYTES.repeat(33)],
    ["path", "p".repeat(2_049)],
    ["path", OF_4_BYTES.repeat(513)],
    ["user_id", "u".repeat(257)],
    ["user_id", OF_2_BYTES.repeat(129)],
    ["event_id", "e".repeat(201)],
    ["event_id", OF_4_BYTES.repeat(201)],
  ];
  for (const [field, value] of overLimits) {
    test(`${field} has ${Buffer.byteLength(value)} bytes`, async () => {
      const answer = await send(sampleBody({ [field]: value }));
      expectError(answer, { status: 422, error: "invalid_field", fields: [field] });
    });
  }

  const timestamps = [
    ["now", "today", "tomorrow", "infinity", "-infinity", "epoch", "1", "0", "1737000000000"],
    ["2026-01-15", "2026-01-15 09:30:00Z", "2026-01-15T09:30:00", "2026-01-15T09Z", "T09:30Z"],
    ["2025-02-29T00:00:00Z", "2025-02-30T00:00:00Z", "2026-00-10T00:00:00Z"],
    ["2026-13-01T00:00:00Z", "2026-01-00T00:00:00Z", "2026-04-31T00:00:00Z"],
    ["2026-01-15T24:00:00Z", "2026-01-15T23:60:00Z", "2016-12-31T23:59:60Z"],
    ["2026-01-15T09:30:00+24:00", "2026-01-15T09:30:00+02:60", "2026-01-15T09:30:00+1"],
    ["2026-01-15T09:30:00 Z", " 2026-01-15T09:30:00Z", "2026-01-15T09:30:00Z\n"],
    ["Thu, 15 Jan 2026 09:30:00 GMT", "15/01/2026", "2026-015T09:30:00Z", "2026-W03-4T09:30Z"],
    ["0000-01-01T00:00:00Z", "-000001-01-01T00:00:00Z", "+275760-09-13T00:00:00Z"],
    ["1999-12-31T23:59:59.999Z", "2000-01-01T00:30:00+01:00", "9999-12-31T23:59:59Z"],
    ["２０２６-01-15T09:30:00Z", "2026-01-15T09:30:00−01:00"],
    [new Date(Date.now() + DAY_MS + 60 * 60 * 1_000).toISOString()],
  ].flat();
  for (const timestamp of timestamps) {
    test(`timestamp is ${JSON.stringify(timestamp)}`, async () => {
      const answer = await send(sampleBody({ timestamp }));
      expectError(answer, { status: 422, error: "invalid_field", fields: ["timestamp"] });
    });
  }

  test("all of them are wrong, all named at once", async () => {
    const fields = [...required, "event_id"];
    const body = Object.fromEntries(fields.map((field) => [field, 1]));
    const answer = await send(body);
    expectError(answer, { status: 422, error: "invalid_field", fields });
    expectError(await send({}), { status: 422, error: "invalid_field", fields: required });
  });

  test("the names differ in case, or are a prototype's", async () => {
    for (const body of ['{"Site_Id":"a"}', `{"__proto__":${JSON.stringify(sampleBody())}}`]) {
      expectError(await send(body), { status: 422, error: "invalid_field", fields: required });
    }
  });
});

describe("POST /event answers 400 when the body", () => {
  const bodies: [string, string | Uint8Array<ArrayBuffer>, string][] = [
    ["is empty", "", "invalid_json"],
    ["is blank", " \n", "invalid_json"],
    ["is cut off", JSON.stringify(sampleBody()).slice(0, -1), "invalid_json"],
    ["has a trailing comma", '{"site_id":"a",}', "invalid_json"],
    ["is two objects", "{}{}", "invalid_json"],
    ["is a form", "site_id=a&path=b", "invalid_json"],
    ["is XML", "<event/>", "invalid_json"],
    ["is NaN", "NaN", "invalid_json"],
    ["holds a raw NUL", '{"site_id":"a\0b"}', "invalid_json"],
    ["holds a raw newline in a string", '{"site_id":"a\nb"}', "invalid_json"],
    ["is nested without end", "[".repeat(60_000), "invalid_json"],
    ["is not UTF-8", new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), "invalid_json"],
    ["is an overlong encoding", new Uint8Array([0x22, 0xc0, 0x80, 0x22]), "invalid_json"],
    ["is UTF-16", Buffer.from('\ufeff{"site_id":"a"}', "utf16le"), "invalid_json"],
    ["is null", "null", "not_an_object"],
    ["is a number", "1e400", "not_an_object"],
    ["is a string", '"event"', "not_an_object"],
    ["is a list of events", JSON.stringify([sampleBody()]), "not_an_object"],
    ["is a deep list", `${"[".repeat(30_000)}${"]".repeat(30_000)}`, "not_an_object"],
  ];
  for (const [what, body, error] of bodies) {
    test(what, async () => {
      const init = { method: "POST", headers: JSON_HEADERS, body };
      expectError(await ask(file.engine, "/event", init), { status: 400, error });
    });
  }
});

describe("POST /event answers 415 when", () => {
  const headers: [string, Record<string, string>][] = [
    ["Content-Type is text/plain", { "Content-Type": "text/plain" }],
    ["Content-Type is a form", { "Content-Type": "application/x-www-form-urlencoded" }],
    ["Content-Type is multipart", { "Content-Type": "multipart/form-data; boundary=x" }],
    ["Content-Type is another JSON", { "Content-Type": "application/json-seq" }],
    ["the charset is not UTF-8", { "Content-Type": "application/json; charset=latin1" }],
    ["the body is compressed", { ...JSON_HEADERS, "Content-Encoding": "gzip" }],
  ];
  for (const [what, of] of headers) {
    test(what, async () => {
      const init = { method: "POST", headers: of, body: JSON.stringify(sampleBody()) };
      const answer = await ask(file.engine, "/event", init);
      expectError(answer, { status: 415, error: "unsupported_media_type" });
    });
  }

  test("Content-Type is absent", async () => {
    const { status, body } = await sendRaw(
      file.engine.port,
      "POST /event HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}",
    );
    expect(status).toBe(415);
    expect(JSON.parse(body)).toMatchObject({ error: "unsupported_media_type" });
  });

  test("but not when headers are written in other ways", async () => {
    const ways: Record<string, string>[] = [
      { "Content-Type": "Application/JSON;charset=UTF-8" },
      { "Content-Type": "application/json; charset=utf-8;" },
      { ...JSON_HEADERS, "Content-Encoding": "Identity" },
    ];
    for (const way of ways) {
      const body = JSON.stringify(sampleBody({ event_id: undefined }));
      const answer = await ask(file.engine, "/event", { method: "POST", headers: way, body });
      expect({ way, status: answer.status }).toEqual({ way, status: 202 });
      accepted.add(String(answer.body["event_id"]));
    }
  });
});

describe("POST /event limits a body to 64 KiB:", () => {
  const ofBytes = (bytes: number) => {
    const body = sampleBody({ event_id: undefined, more: "" });
    return JSON.stringify({ ...body, more: "x".repeat(bytes - JSON.stringify(body).length) });
  };

  test("exactly as many bytes are accepted", async () => {
    const body = ofBytes(BODY_BYTES_MAX);
    expect(Buffer.byteLength(body)).toBe(BODY_BYTES_MAX);
    expect((await send(body)).status).toBe(202);
  });

  test("413 when one byte more is declared", async () => {
    const answer = await send(ofBytes(BODY_BYTES_MAX + 1));
    expectError(answer, { status: 413, error: "body_too_large" });
  });

  test(
    "413 at once, and the connection closed, when a gigabyte is declared and nothing sent",
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

  test("413 when chunks of unknown length add up to more", async () => {
    const chunk = "x".repeat(BODY_BYTES_MAX / 2 + 1);
    const chunks = `${chunk.length.toString(16)}\r\n${chunk}\r\n`.repeat(2);
    const { status, body } = await sendRaw(
      file.engine.port,
      `POST /event HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}`,
    );
    expect(status).toBe(413);
    expect(JSON.parse(body)).toMatchObject({ error: "body_too_large", retryable: false });
  });

  test("202 when chunks stay within", async () => {
    const text = JSON.stringify(sampleBody({ event_id: undefined }));
    const { status, body } = await sendRaw(
      file.engine.port,
      `POST /event HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${text.length.toString(16)}\r\n${text}\r\n0\r\n\r\n`,
    );
    expect(status).toBe(202);
    accepted.add((JSON.parse(body) as { event_id: string }).event_id);
  });
});

test(
  "POST /event answers 408 and closes when a body does not arrive, declared, chunked or byte by byte",
  async () => {
    const head = "POST /event HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n";
    const starts = [
      `${head}Content-Length: 100\r\n\r\n{`,
      `${head}Transfer-Encoding: chunked\r\n\r\n`,
    ];
    await Promise.all(
      starts.map(async (start) => {
        using connection = await openRaw(file.engine.port);
        connection.write(start);
        const { status, body } = await connection.answer;
        expect(status).toBe(408);
        expect(JSON.parse(body)).toMatchObject({ error: "slow_body", retryable: true });
        await connection.closed;
      }),
    );
  },
  TIMEOUT_MS,
);

describe("HTTP itself:", () => {
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
    ["GET", "/events", 404, "not_found"],
    ["POST", "/", 404, "not_found"],
    ["GET", "/event/../../etc/passwd", 404, "not_found"],
    ["GET", "/%00", 404, "not_found"],
    ["GET", "/%zz", 404, "not_found"],
    ["GET", "/swagger/../package.json", 404, "not_found"],
    ["GET", "/constructor", 404, "not_found"],
    ["GET", "/__proto__", 404, "not_found"],
  ];
  for (const [method, path, status, error] of asks) {
    test(`${method} ${path} answers ${status}`, async () => {
      const answer = await ask(file.engine, path, { method });
      expectError(answer, { status, error });
      expect(answer.headers.has("allow")).toBe(status === 405);
    });
  }

  test("OPTIONS /event answers a preflight of any page", async () => {
    const { status, headers } = await fetch(`${file.engine.url}/event`, { method: "OPTIONS" });
    expect(status).toBe(204);
    expect(headers.get("access-control-allow-origin")).toBe("*");
    expect(headers.get("access-control-allow-methods")).toContain("POST");
    expect(headers.has("access-control-allow-credentials")).toBe(false);
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
  for (const [what, text, statuses] of malformed) {
    test(`a request with ${what} is answered ${statuses.join(" or ")}`, async () => {
      expect(statuses).toContain((await sendRaw(file.engine.port, text)).status);
    });
  }

  // Load balancers probe with HTTP/1.0, which knows no Host header.
  const hosts = [
    "HTTP/1.0\r\n",
    "HTTP/1.1\r\nHost: a\r\n",
    "HTTP/1.1\r\nHost: a b\r\n",
    "HTTP/1.1\r\nHost: [\r\n",
  ];
  for (const host of hosts) {
    test(`every answer is JSON whatever the Host header: ${JSON.stringify(host)}`, async () => {
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
  }

  // Elysia looks for the path behind the host, and by default assumes that the host has at least four characters.
  test.each(["a", "localhost"])(
    "a slash at the end of a path is ignored for host %s",
    async (host) => {
      const get = async (path: string) =>
        (await sendRaw(file.engine.port, `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`)).status;
      expect(await get("/health/ready/")).toBe(200);
      expect(await get("/stats/?site_id=a")).toBe(200);
      expect(await get("/event/")).toBe(405);
    },
  );

  test("a connection serves on after a refused request", async () => {
    using connection = await openRaw(file.engine.port);
    const refused =
      "POST /event HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}";
    connection.write(refused);
    expect((await connection.answer).status).toBe(415);
    expect((await ask(file.engine, "/health/live")).status).toBe(200);
  });
});

describe("GET /stats answers 422 and names the parameter when", () => {
  const cases: [Record<string, string>, string[]][] = [
    [{}, ["site_id"]],
    [{ site_id: "" }, ["site_id"]],
    [{ site_id: LONG }, ["site_id"]],
    [{ site_id: "a\0" }, ["site_id"]],
    [{ site_id: "a", date: "" }, ["date"]],
    [{ site_id: "a", date: "2026-02-30" }, ["date"]],
    [{ site_id: "a", date: "2025-02-29" }, ["date"]],
    [{ site_id: "a", date: "2026-13-01" }, ["date"]],
    [{ site_id: "a", date: "0000-01-01" }, ["date"]],
    [{ site_id: "a", date: "2026-1-5" }, ["date"]],
    [{ site_id: "a", date: "2026-01-15T00:00:00Z" }, ["date"]],
    [{ site_id: "a", date: "20260115" }, ["date"]],
    [{ site_id: "a", date: "today" }, ["date"]],
    [{ site_id: "a", date: "infinity" }, ["date"]],
    [{ site_id: "a", limit: "0" }, ["limit"]],
    [{ site_id: "a", limit: "-1" }, ["limit"]],
    [{ site_id: "a", limit: "1001" }, ["limit"]],
    [{ site_id: "a", limit: "1.5" }, ["limit"]],
    [{ site_id: "a", limit: "ten" }, ["limit"]],
    [{ site_id: "a", limit: "1e2" }, ["limit"]],
    [{ site_id: "a", limit: "" }, ["limit"]],
    [{ date: "x", limit: "x" }, ["site_id", "date", "limit"]],
  ];
  for (const [query, fields] of cases) {
    test(`the query is ${JSON.stringify(query).slice(0, 60)}`, async () => {
      const answer = await readStats(file.engine, query);
      expectError(answer, { status: 422, error: "invalid_field", fields });
    });
  }

  test("site_id is not UTF-8, which would ask for another site", async () => {
    const broken = await ask(file.engine, "/stats?site_id=caf%e9");
    expectError(broken, { status: 422, error: "invalid_field", fields: ["site_id"] });
    const replacement = await ask(file.engine, "/stats?site_id=%EF%BF%BD");
    expect(replacement.body).toMatchObject({ site_id: "\ufffd", total_views: 0 });
  });

  test("but not for any day that exists", async () => {
    for (const date of ["0001-01-01", "2024-02-29", "9999-12-31"]) {
      expect((await readStats(file.engine, { site_id: "a", date })).status).toBe(200);
    }
  });
});

/** Routes that answer numbers or administer are strict about parameters; events, pages, assets and health are not. */
const UNKNOWN_PARAMETERS: Readonly<Record<Path, "refused" | "ignored">> = {
  "/event": "ignored",
  "/stats": "refused",
  "/health": "ignored",
  "/health/live": "ignored",
  "/health/ready": "ignored",
  "/metrics": "refused",
  "/swagger": "ignored",
  "/swagger/json": "ignored",
};

describe("A parameter that a route does not know is", () => {
  const known: Partial<Record<Path, string>> = { "/stats": "site_id=a&" };
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

  test("named with the known ones", async () => {
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

test("no answer echoes more than 64 bytes of input of a field", async () => {
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

describe("POST /event keeps its promise for any JSON:", () => {
  /** Mostly an event, with anything anywhere: strings of any code units, numbers, nested values. */
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
    "every 202 is stored, every other answer is a 400 or 422, nothing is set aside",
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
  // An unexpected error would have been logged; what clients send wrong is no business of the operator.
  const { records } = file.engine.output;
  expect(records.filter(({ level }) => level === "error" || level === "warn")).toEqual([]);
});

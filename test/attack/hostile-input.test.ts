import { expect, test } from "bun:test";
import { eventIdOf } from "../../src/event/event-id.ts";
import { readStats, sendEvent } from "../support/api-client.ts";
import { checkAllStored, useEngine } from "../support/engine-servers.ts";
import { sendRaw } from "../support/raw-http.ts";
import { sampleBody } from "../support/sample-event.ts";

const TIMEOUT_MS = 120_000;
const file = useEngine({ INGEST_WORKERS: "1", CONSUMER_WORKERS: "1" });
const accepted = new Set<string>();

/** Texts with a meaning for SQL, COPY, JSON, Redis, Lua, terminals, browsers, file systems or JavaScript, of at most 64 bytes. */
const TEXTS = [
  "'; DROP TABLE events; --",
  "\\'); SELECT pg_sleep(9); --",
  '" OR ""="',
  "$1 $$ $body$ ${x} {{x}}",
  "E'\\x41' U&'\\0041'",
  "\\N",
  "\\.",
  "\\.\n",
  "a\tb\nc\rd\\te",
  "{NULL}",
  "NULL",
  '{"a","b"}',
  '{"a":1}',
  '"\\"\\u0041\\u0000',
  "]]; redis.call('FLUSHALL') --[[",
  "\r\n*1\r\n$8\r\nFLUSHALL\r\n",
  "+OK\r\n-ERR\r\n:1\r\n",
  "HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\n\r\n",
  "\u0001\u0002\u0007\b\u001b[31m\u001b]0;title\u0007",
  "\u007f\u0080\u009f\u0085",
  "\u2028\u2029\u200b\ufeff\u202e",
  "\ufffd\uffff\ufffe",
  "é e\u0301 Å \u212b",
  "\u{1f469}\u200d\u{1f4bb} \u{10ffff}",
  "<script>alert(1)</script>",
  "&amp; %00 %27 +",
  "../../../etc/passwd",
  "__proto__",
  "constructor",
  " ",
  " a ",
  "0",
  "-1e999",
  "=HYPERLINK(1)",
  "a,b;c|d",
  "x".repeat(64),
];
const FIELDS = ["site_id", "event_type", "path", "user_id"] as const;

test(
  "every text is stored in every field, byte for byte",
  async () => {
    const sent = TEXTS.flatMap((text) => FIELDS.map((field) => ({ field, text })));
    await Promise.all(
      sent.map(async ({ field, text }) => {
        const eventId = Bun.randomUUIDv7();
        const { status } = await sendEvent(
          file.engine,
          sampleBody({ site_id: "injected", event_id: eventId, [field]: text }),
        );
        expect({ field, text, status }).toEqual({ field, text, status: 202 });
        accepted.add(eventId);
      }),
    );
    await checkAllStored(file.servers, { accepted, sent: accepted });
    const stored = new Map<string, string[]>();
    for (const field of FIELDS) {
      const rows = await file.servers
        .sql`SELECT encode(convert_to(${file.servers.sql(field)}, 'UTF8'), 'hex') AS bytes FROM events`;
      stored.set(
        field,
        rows.map(({ bytes }) => String(bytes)),
      );
    }
    for (const { field, text } of sent) {
      expect(stored.get(field)).toContain(Buffer.from(text).toString("hex"));
    }
  },
  TIMEOUT_MS,
);

test(
  "every text is an idempotency key of its own",
  async () => {
    for (const text of TEXTS) {
      const body = sampleBody({ site_id: "keys", event_id: text });
      const answers = [await sendEvent(file.engine, body), await sendEvent(file.engine, body)];
      const eventId = eventIdOf("keys", text);
      for (const { status, body: answer } of answers) {
        expect({ text, status, id: answer["event_id"] }).toEqual({
          text,
          status: 202,
          id: eventId,
        });
      }
      accepted.add(eventId);
    }
    await checkAllStored(file.servers, { accepted, sent: accepted });
  },
  TIMEOUT_MS,
);

test("every text is found as a site and as a path", async () => {
  const date = "2026-01-15";
  for (const site_id of TEXTS) {
    const { body } = await readStats(file.engine, { site_id, date });
    expect(body).toMatchObject({ site_id, total_views: 1, unique_users: 1 });
  }
  const { body } = await readStats(file.engine, { site_id: "injected", date, limit: "1000" });
  const paths = (body["top_paths"] as { path: string }[]).map(({ path }) => path);
  expect(paths).toEqual(expect.arrayContaining(TEXTS));
});

const HEAD = "POST /event HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n";
const withBody = (body: string) => `${HEAD}Content-Length: ${body.length}\r\n\r\n${body}`;
const HOSTILE = [
  "\0\0\0\0\r\n\r\n",
  "\u0016\u0003\u0001\u0002\0\u0001\0\u0001\u00fc",
  "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
  "*1\r\n$4\r\nPING\r\n",
  "GET / HTTP/9.9\r\nHost: a\r\n\r\n",
  "GET http://[ HTTP/1.1\r\nHost: a\r\n\r\n",
  "GET /%zz%00?%ff HTTP/1.1\r\nHost: [\r\n\r\n",
  "GET /stats?site_id=%ff&x&x HTTP/1.1\r\nHost: a\r\n\r\n",
  "FOO /event HTTP/1.1\r\nHost: a\r\n\r\n",
  "TRACE /event HTTP/1.1\r\nHost: a\r\n\r\n",
  "GET /health/live HTTP/1.1\r\nHost: a\r\nA : b\r\n\r\n",
  `GET /health/live HTTP/1.1\r\nHost: a\r\nX: ${"x".repeat(20_000)}\r\n\r\n`,
  "GET /event HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: x\r\n\r\n",
  `${HEAD}Content-Length: 99999999999999999999\r\n\r\n`,
  `${HEAD}Content-Length: -1\r\n\r\n`,
  `${HEAD}Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n`,
  `${HEAD}Transfer-Encoding: gzip\r\n\r\n`,
  `${HEAD}Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}`,
  withBody("[".repeat(60_000)),
  withBody("\u00ff\u00fe"),
  withBody('{"__proto__":{"site_id":1},"toString":{},"then":1}'),
  withBody(JSON.stringify({ site_id: "x".repeat(60_000), event_id: "\ud800" })),
  withBody(JSON.stringify(sampleBody({ timestamp: "\u001b[31m\n{level:50}" }))),
];
const TIMES = 150;

test(
  "hostile requests leave no byte in the log",
  async () => {
    const { output, port } = file.engine;
    const written = () => ({
      records: output.records.map(({ msg }) => msg),
      strayLines: output.strayLines,
      errors: output.errors,
    });
    const before = structuredClone(written());
    for (let round = 0; round < TIMES; round += 1) {
      await Promise.all(HOSTILE.map(async (text) => await sendRaw(port, text)));
    }
    expect(written()).toEqual(before);
    await checkAllStored(file.servers, { accepted, sent: accepted });
  },
  TIMEOUT_MS,
);

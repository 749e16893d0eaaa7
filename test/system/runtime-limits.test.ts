import { afterAll, describe, expect, test } from "bun:test";
import { checkAllStored, useEngine } from "../support/engine-servers.ts";
import { eventually } from "../support/eventually.ts";
import { openRaw, type RawConnection, sendRaw } from "../support/raw-http.ts";
import { sampleBody } from "../support/sample-event.ts";
import { suspend } from "../support/server-processes.ts";

/**
 * Where the runtime (Bun 1.4.5) violates HTTP and this project cannot change it: see "Connections" in docs/api.md. A
 * test that fails after an upgrade shows that the runtime was fixed: expect the right response then.
 */
const file = useEngine({ INGEST_WORKERS: "1", CONSUMER_WORKERS: "1" });
const sent = new Set<string>();
const HEAD = "POST /event HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n";

function event(): { eventId: string; text: string } {
  const eventId = Bun.randomUUIDv7();
  sent.add(eventId);
  return { eventId, text: JSON.stringify(sampleBody({ event_id: eventId })) };
}

/** Sends a request and the end of the client's half so that the server reads both at once: after an answer, the end is allowed. */
async function sendHalf(connection: RawConnection, text: string): Promise<void> {
  const { engine } = file;
  await suspend(engine.pid);
  connection.write(text);
  connection.endWriting();
  engine.signal("SIGCONT");
}

async function untilStored(eventId: string): Promise<void> {
  await eventually(async () => {
    const rows = await file.servers.sql`SELECT 1 FROM events WHERE event_id = ${eventId}`;
    expect(rows).toHaveLength(1);
  });
}

describe("an event is stored without its response when", () => {
  const declared = (text: string) => `${HEAD}Content-Length: ${text.length}\r\n\r\n${text}`;
  const chunked = (text: string, trailer: string) =>
    `${HEAD}Transfer-Encoding: chunked\r\n\r\n${text.length.toString(16)}\r\n${text}\r\n0\r\n${trailer}\r\n`;
  const cases: [string, number, (connection: RawConnection, text: string) => unknown][] = [
    [
      "an empty line follows the body",
      400,
      (connection, text) => connection.write(`${declared(text)}\r\n`),
    ],
    [
      "a chunked body has a trailer",
      400,
      (connection, text) => connection.write(chunked(text, "X-Sum: 1\r\n")),
    ],
    [
      "the client ends its half of the connection",
      0,
      async (connection, text) => await sendHalf(connection, declared(text)),
    ],
    [
      "another request follows on the connection",
      0,
      (connection, text) => connection.write(declared(text) + declared(event().text)),
    ],
  ];
  for (const [what, expected, send] of cases) {
    test(what, async () => {
      using connection = await openRaw(file.engine.port);
      const { eventId, text } = event();
      await send(connection, text);
      const { status, body } = await connection.answer;
      expect({ status, body }).toEqual({ status: expected, body: "" });
      await connection.closed;
      await untilStored(eventId);
    });
  }
});

describe("the runtime sends nothing for", () => {
  for (const path of ["/stats?site_id=a", "/metrics", "/health", "/health/ready"]) {
    test(`GET ${path} when the client ends its half of the connection`, async () => {
      using connection = await openRaw(file.engine.port);
      await sendHalf(connection, `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
      expect((await connection.answer).status).toBe(0);
    });
  }

  test.each(["FOO", "post", "PATCHY"])("the method %s, which is not registered", async (method) => {
    const text = `${method} /event HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n`;
    expect((await sendRaw(file.engine.port, text)).status).toBe(0);
  });
});

test("OPTIONS * is a 400 without a body", async () => {
  const { status, body } = await sendRaw(file.engine.port, "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n");
  expect({ status, body }).toEqual({ status: 400, body: "" });
});

test.each(["PROPFIND", "TRACE", "QUERY", "LINK"])("the method %s is a 405", async (method) => {
  const text = `${method} /event HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n`;
  const { status, head } = await sendRaw(file.engine.port, text);
  expect({ status, allow: /^allow: (.*)$/im.exec(head)?.[1] }).toEqual({
    status: 405,
    allow: "POST, OPTIONS",
  });
});

test("HTTP/1.0 ends its connection without saying so", async () => {
  using connection = await openRaw(file.engine.port);
  connection.write("GET /health/live HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n");
  const { status, head } = await connection.answer;
  expect({ status, says: /^connection:/im.test(head) }).toEqual({ status: 200, says: false });
  await connection.closed;
});

test("an Expect in another case gets no 100, only the 202", async () => {
  using connection = await openRaw(file.engine.port);
  const { eventId, text } = event();
  connection.write(`${HEAD}Expect: 100-Continue\r\nContent-Length: ${text.length}\r\n\r\n`);
  connection.write(text);
  const { status, head } = await connection.answer;
  expect({ status, head: head.slice(0, 12) }).toEqual({ status: 202, head: "HTTP/1.1 202" });
  await untilStored(eventId);
});

test("every event is stored once", async () => {
  await checkAllStored(file.servers, { accepted: new Set(), sent });
});

afterAll(() => {
  const { records } = file.engine.output;
  expect(records.filter(({ level }) => level === "error" || level === "warn")).toEqual([]);
});

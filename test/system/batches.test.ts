import { describe, expect, test } from "bun:test";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { type Answer, ask } from "../support/api-client.ts";
import { checkInvariants } from "../support/check-invariants.ts";
import { untilDrained, useEngine } from "../support/engine-servers.ts";
import { sampleBody } from "../support/sample-event.ts";

const TIMEOUT_MS = 120_000;
const JSON_TYPE = "application/json";
const NDJSON_TYPE = "application/x-ndjson";
const file = useEngine({ INGEST_WORKERS: "1", CONSUMER_WORKERS: "1" });

interface Sending {
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: string;
  readonly path?: "/event" | "/events";
}

async function post(
  body: string | Uint8Array<ArrayBuffer>,
  { headers = {}, query = "", path = "/events" }: Sending = {},
): Promise<Answer> {
  const init = { method: "POST", headers: { "Content-Type": JSON_TYPE, ...headers }, body };
  return await ask(file.engine, `${path}${query}`, init);
}

/** Events without an id. */
function visits(siteId: string, count: number): readonly Record<string, unknown>[] {
  return Array.from({ length: count }, (_, i) =>
    sampleBody({ event_id: undefined, site_id: siteId, path: `/${i}` }),
  );
}

const lines = (events: readonly unknown[]) =>
  events.map((event) => JSON.stringify(event)).join("\n");

async function storedOf(siteId: string): Promise<number> {
  await untilDrained(file.servers);
  await checkInvariants(file.servers.sql);
  const [row] = await file.servers
    .sql`SELECT count(*)::int AS events FROM events WHERE site_id = ${siteId}`;
  return Number(row?.["events"]);
}

describe("POST /events", () => {
  test.each([
    ["a JSON array", JSON_TYPE, (events: readonly unknown[]) => JSON.stringify(events)],
    ["JSON with events", JSON_TYPE, (events: readonly unknown[]) => JSON.stringify({ events })],
    ["NDJSON", NDJSON_TYPE, lines],
  ] as const)(
    "stores the good events of %s",
    async (name, type, encode) => {
      const events = visits(name, 700);
      const { status, body } = await post(encode([{}, ...events, { path: 1 }]), {
        headers: { "Content-Type": type },
      });
      expect(status).toBe(202);
      expect(body).toMatchObject({ accepted: 700, duplicates_in_request: 0, refused: 2 });
      const ids = body["event_ids"] as (string | null)[];
      expect(ids).toHaveLength(702);
      expect([ids[0], ids[701]]).toEqual([null, null]);
      expect(new Set(ids).size).toBe(701);
      expect(await storedOf(name)).toBe(700);
    },
    TIMEOUT_MS,
  );

  test.each([
    ["gzip", gzipSync],
    ["zstd", zstdCompressSync],
  ] as const)(
    "takes bodies in %s",
    async (coding, compress) => {
      const body = compress(lines(visits(coding, 100)));
      const headers = { "Content-Type": NDJSON_TYPE, "Content-Encoding": coding };
      expect((await post(new Uint8Array(body), { headers })).body).toMatchObject({ accepted: 100 });
      const cut = new Uint8Array(body.subarray(0, -3));
      expect(await post(cut, { headers })).toMatchObject({
        status: 400,
        body: { error: "invalid_encoding", retryable: false },
      });
      expect(await storedOf(coding)).toBe(100);
    },
    TIMEOUT_MS,
  );

  test("refuses a body that is too large when inflated", async () => {
    const bomb = new Uint8Array(gzipSync(Buffer.alloc(20 * 1_024 * 1_024, " ")));
    for (const type of [JSON_TYPE, NDJSON_TYPE]) {
      const headers = { "Content-Type": type, "Content-Encoding": "gzip" };
      expect(await post(bomb, { headers })).toMatchObject({
        status: 413,
        body: { error: "body_too_large" },
      });
    }
  });

  test("names what it left out, and refuses it when strict", async () => {
    const events = [sampleBody({ event_id: undefined, site_id: "strict", titel: 1, title: 5 })];
    const { body } = await post(JSON.stringify(events));
    expect(body).toMatchObject({ ignored: [{ index: 0, fields: ["titel", "title"] }] });
    const strict = await post(JSON.stringify(events), { query: "?strict=true" });
    expect(strict).toMatchObject({ status: 422, body: { refused: 1 } });
    expect(await storedOf("strict")).toBe(1);
  });

  test(
    "counts what comes again under an idempotency key once",
    async () => {
      const headers = { "Idempotency-Key": "import-1" };
      const [first = {}, ...others] = visits("keyed", 50);
      const all = [first, first, ...others];
      const { body } = await post(JSON.stringify(all), { headers });
      expect(body).toMatchObject({ accepted: 51, duplicates_in_request: 0 });
      // Alone, in another order, in another encoding.
      await post(JSON.stringify([first]), { headers });
      await post(JSON.stringify(all.toReversed()), { headers });
      await post(lines(others.slice(10, 20)), {
        headers: { ...headers, "Content-Type": NDJSON_TYPE },
      });
      expect(await storedOf("keyed")).toBe(51);
      await post(JSON.stringify([first]), { headers: { "Idempotency-Key": "import-2" } });
      expect(await storedOf("keyed")).toBe(52);
    },
    TIMEOUT_MS,
  );

  test(
    "counts an event that a request repeats once",
    async () => {
      const event = sampleBody({ site_id: "repeated", event_id: "order-1" });
      const { body } = await post(JSON.stringify([event, event, event]));
      expect(body).toMatchObject({ accepted: 1, duplicates_in_request: 2, refused: 0 });
      expect(new Set(body["event_ids"] as string[]).size).toBe(1);
      expect(await storedOf("repeated")).toBe(1);
    },
    TIMEOUT_MS,
  );
});

describe("POST /event", () => {
  test(
    "takes its id from an idempotency key",
    async () => {
      const sending: Sending = { path: "/event", headers: { "Idempotency-Key": "order-7" } };
      const [visit = {}] = visits("one", 1);
      const ids = [
        (await post(JSON.stringify(visit), sending)).body["event_id"],
        (await post(JSON.stringify({ ...visit, event_id: "order-7" }), { path: "/event" })).body[
          "event_id"
        ],
      ];
      expect(new Set(ids).size).toBe(1);
      expect(await storedOf("one")).toBe(1);
      for (const key of ["", "x".repeat(201)]) {
        const bad = await post(JSON.stringify(visit), {
          path: "/event",
          headers: { "Idempotency-Key": key },
        });
        expect(bad).toMatchObject({ status: 422, body: { error: "invalid_field" } });
        expect(Object.keys(bad.body["fields"] ?? {})).toEqual(["Idempotency-Key"]);
      }
    },
    TIMEOUT_MS,
  );

  test("takes a compressed body", async () => {
    const body = new Uint8Array(zstdCompressSync(JSON.stringify(visits("small", 1)[0])));
    const headers = { "Content-Encoding": "zstd" };
    expect(await post(body, { path: "/event", headers })).toMatchObject({ status: 202 });
  });

  test("stores the optional fields", async () => {
    const event = sampleBody({
      site_id: "optional",
      event_id: undefined,
      path: undefined,
      url: "https://Example.com/a?utm_source=x&token=secret",
      title: "Preise – é",
      country: "DE",
      properties: { plan: "pro", seats: 3 },
    });
    const { status, body } = await post(JSON.stringify(event), { path: "/event" });
    expect(status).toBe(202);
    expect(body).not.toHaveProperty("ignored");
    expect(await storedOf("optional")).toBe(1);
    const [row] = await file.servers.sql`SELECT * FROM events WHERE site_id = 'optional'`;
    expect(row).toMatchObject({
      hostname: "example.com",
      path: "/a",
      utm_source: "x",
      title: "Preise – é",
      country: "DE",
      properties: { plan: "pro", seats: 3 },
      referrer: null,
    });
    expect(JSON.stringify(row)).not.toContain("secret");
  });
});

describe("wait=true", () => {
  test("responds once the events are in the tables", async () => {
    const events = visits("waited", 30);
    const { status, body } = await post(JSON.stringify(events), { query: "?wait=true" });
    expect(status).toBe(200);
    expect(body).toMatchObject({ status: "stored", accepted: 30, dead_letters: [] });
    const [row] = await file.servers
      .sql`SELECT count(*)::int AS events FROM events WHERE site_id = 'waited'`;
    expect(row).toEqual({ events: 30 });
    const [visit] = visits("waited", 1);
    const one = await post(JSON.stringify(visit), { path: "/event", query: "?wait=true" });
    expect(one).toMatchObject({ status: 200, body: { status: "stored" } });
  });

  test(
    "tells why an event was set aside",
    async () => {
      const { sql } = file.servers;
      await sql`ALTER TABLE events ADD CONSTRAINT no_cursed CHECK (path <> '/1') NOT VALID`;
      try {
        const events = visits("cursed", 3);
        const { status, body } = await post(JSON.stringify(events), { query: "?wait=true" });
        expect(status).toBe(200);
        expect(body).toMatchObject({
          accepted: 3,
          dead_letters: [{ index: 1, reason: expect.stringContaining("no_cursed") }],
        });
        const one = await post(JSON.stringify(events[1]), { path: "/event", query: "?wait=true" });
        expect(one).toMatchObject({ status: 200, body: { status: "dead_letter" } });
      } finally {
        await sql`ALTER TABLE events DROP CONSTRAINT no_cursed`;
      }
    },
    TIMEOUT_MS,
  );

  test.each(["yes", "1", "true&wait=true"])("is refused as %s", async (value) => {
    const answer = await post("[]", { query: `?wait=${value}` });
    expect(answer).toMatchObject({ status: 422, body: { error: "invalid_field" } });
  });
});

import { describe, expect, test } from "bun:test";
import { ask, readStats, sendEvent } from "../support/api-client.ts";
import { checkInvariants } from "../support/check-invariants.ts";
import { untilDrained, useEngine } from "../support/engine-servers.ts";
import { eventually } from "../support/eventually.ts";
import { sampleBody } from "../support/sample-event.ts";

const TIMEOUT_MS = 120_000;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const DAY = "2026-01-15";

const file = useEngine({ INGEST_WORKERS: "2", CONSUMER_WORKERS: "2", LOG_LEVEL: "debug" });

/** An event without an id. */
function visit(fields: Readonly<Record<string, unknown>>) {
  return sampleBody({ event_id: undefined, ...fields });
}

async function sendAll(bodies: readonly unknown[]): Promise<void> {
  const answers = await Promise.all(bodies.map(async (body) => await sendEvent(file.engine, body)));
  expect(answers.map(({ status }) => status)).toEqual(bodies.map(() => 202));
  await untilDrained(file.servers);
}

async function statsBody(query: Readonly<Record<string, string>>) {
  const { status, body } = await readStats(file.engine, query);
  expect(status).toBe(200);
  return body;
}

describe("POST /event", () => {
  test("responds with status and event_id", async () => {
    const answer = await sendEvent(file.engine, visit({ site_id: "shape" }));
    expect(answer.status).toBe(202);
    expect(Object.keys(answer.body).toSorted()).toEqual(["event_id", "status"]);
    expect(answer.body["status"]).toBe("accepted");
    expect(answer.body["event_id"]).toMatch(UUID);
  });

  test(
    "appends one entry, which the group acknowledges",
    async () => {
      const { redis, key } = file.servers;
      const body = visit({
        site_id: "entry",
        path: "/ü 😀",
        timestamp: "2026-01-15T10:30:00+01:00",
      });
      const { body: answer } = await sendEvent(file.engine, body);
      await untilDrained(file.servers);
      const entries = await redis.xrange(key.stream, "-", "+");
      const fieldsOf = entries.map(([, fields]) => fields);
      const fields = fieldsOf.find((flat) => flat.includes(String(answer["event_id"])));
      expect(fields).toEqual([
        "event_id",
        String(answer["event_id"]),
        "site_id",
        "entry",
        "event_type",
        "page_view",
        "path",
        "/ü 😀",
        "user_id",
        "user-42",
        "timestamp",
        "2026-01-15T09:30:00.000Z",
        "optional",
        "",
      ]);
      const groups = (await redis.xinfo("GROUPS", key.stream)) as unknown[][];
      expect(groups.map(([, name]) => name)).toEqual([key.group]);
    },
    TIMEOUT_MS,
  );

  test(
    "ignores unknown fields, also those of a prototype",
    async () => {
      const text = `{"__proto__":{"site_id":"evil"},"constructor":1,"more":[{}],${JSON.stringify(visit({ site_id: "extra" })).slice(1)}`;
      expect((await sendEvent(file.engine, text)).status).toBe(202);
      await untilDrained(file.servers);
      expect(await statsBody({ site_id: "extra", date: DAY })).toMatchObject({ total_views: 1 });
      expect(await statsBody({ site_id: "evil", date: DAY })).toMatchObject({ total_views: 0 });
    },
    TIMEOUT_MS,
  );

  test(
    "stores SQL, RESP and HTML unchanged",
    async () => {
      const strange = [`'); DROP TABLE events; --`, "\r\n*3\r\n$3\r\nDEL\r\n", "{a,NULL}", "<b>"];
      await sendAll(
        strange.map((text) => visit({ site_id: "strange", path: text, user_id: text })),
      );
      const { total_views, unique_users, top_paths } = await statsBody({
        site_id: "strange",
        date: DAY,
      });
      expect({ total_views, unique_users }).toEqual({ total_views: 4, unique_users: 4 });
      const paths = (top_paths as { path: string }[]).map(({ path }) => path);
      expect(paths).toEqual(strange.toSorted((a, b) => (a < b ? -1 : 1)));
    },
    TIMEOUT_MS,
  );

  test(
    "stores each field at its limit",
    async () => {
      // Random bytes: PostgreSQL would compress a repeated letter into its index.
      const random = (bytes: number) =>
        Buffer.from(crypto.getRandomValues(new Uint8Array(bytes)))
          .toString("base64")
          .slice(0, bytes);
      const siteId = random(128);
      await sendAll([
        visit({
          site_id: siteId,
          event_type: random(64),
          path: random(2_048),
          user_id: random(256),
        }),
      ]);
      expect(await statsBody({ site_id: siteId, date: DAY })).toMatchObject({
        total_views: 1,
        unique_users: 1,
      });
    },
    TIMEOUT_MS,
  );

  test(
    "keeps the UTC day and millisecond of a timestamp",
    async () => {
      await sendAll([
        visit({ site_id: "utc", timestamp: "2026-01-15T00:00:00+14:00" }),
        visit({ site_id: "utc", timestamp: "2026-01-15T23:59:59.999999-12:00" }),
        visit({ site_id: "utc", timestamp: "2000-01-01T00:00:00Z" }),
      ]);
      const { sql } = file.servers;
      const rows = await sql`SELECT timestamp FROM events WHERE site_id = 'utc' ORDER BY timestamp`;
      expect(rows.map((row) => (row["timestamp"] as Date).toISOString())).toEqual([
        "2000-01-01T00:00:00.000Z",
        "2026-01-14T10:00:00.000Z",
        "2026-01-16T11:59:59.999Z",
      ]);
      for (const date of ["2000-01-01", "2026-01-14", "2026-01-16"]) {
        expect(await statsBody({ site_id: "utc", date })).toMatchObject({ total_views: 1 });
      }
      expect(await statsBody({ site_id: "utc", date: DAY })).toMatchObject({ total_views: 0 });
    },
    TIMEOUT_MS,
  );
});

describe("event_id", () => {
  test("is kept in lower case when it is a UUID", async () => {
    const { body } = await sendEvent(
      file.engine,
      sampleBody({ site_id: "uuid", event_id: "9B2F7C1E-8A54-4F0E-9A3B-0D1C2E3F4A5B" }),
    );
    expect(body["event_id"]).toBe("9b2f7c1e-8a54-4f0e-9a3b-0d1c2e3f4a5b");
  });

  test("becomes a UUID that depends on the site", async () => {
    const idOf = async (site: string, key: string) =>
      (await sendEvent(file.engine, sampleBody({ site_id: site, event_id: key }))).body["event_id"];
    const first = await idOf("key-a", "order-1001");
    expect(first).toMatch(UUID);
    expect(await idOf("key-a", "order-1001")).toBe(first as string);
    expect(await idOf("key-b", "order-1001")).not.toBe(first as string);
    expect(await idOf("key-a", "order-1002")).not.toBe(first as string);
    const longest = "😀".repeat(200);
    expect(await idOf("key-a", longest)).toMatch(UUID);
  });

  test(
    "is minted for each event without one",
    async () => {
      const bodies = [visit({ site_id: "mint" }), visit({ site_id: "mint" })];
      await sendAll(bodies);
      expect(await statsBody({ site_id: "mint", date: DAY })).toMatchObject({ total_views: 2 });
    },
    TIMEOUT_MS,
  );

  test(
    "counts once when it is sent eleven times",
    async () => {
      const body = sampleBody({ site_id: "once", event_id: "payment-7" });
      await sendAll(Array.from({ length: 10 }, () => body));
      await sendAll([body]);
      // A client that reuses an id for another event is told nothing of the first, and changes nothing.
      await sendAll([{ ...body, path: "/other", user_id: "other" }]);
      expect(await statsBody({ site_id: "once", date: DAY })).toEqual({
        site_id: "once",
        date: DAY,
        total_views: 1,
        unique_users: 1,
        top_paths: [{ path: "/pricing", views: 1 }],
      });
    },
    TIMEOUT_MS,
  );

  test(
    "counts once on each site",
    async () => {
      await sendAll(["id-a", "id-b"].map((site) => sampleBody({ site_id: site })));
      for (const site of ["id-a", "id-b"]) {
        expect(await statsBody({ site_id: site, date: DAY })).toMatchObject({ total_views: 1 });
      }
    },
    TIMEOUT_MS,
  );
});

describe("GET /stats", () => {
  test(
    "has exact numbers, with top paths by views, then path",
    async () => {
      const site = "exact";
      // Path number n gets n views; two more tie with number 3. Every view is of another type.
      const paths = Array.from({ length: 12 }, (_, n) => ({ path: `/p${n + 1}`, views: n + 1 }));
      paths.push({ path: "/P3", views: 3 }, { path: "/ä", views: 3 });
      const visits = paths.flatMap(({ path, views }) =>
        Array.from({ length: views }, (_, n) =>
          visit({ site_id: site, path, user_id: `user-${n}`, event_type: `type-${n}` }),
        ),
      );
      await sendAll([
        ...visits,
        visit({ site_id: site, timestamp: "2026-01-16T00:00:00Z" }),
        visit({ site_id: `${site}-other` }),
      ]);
      const ranked = paths.toSorted(
        (a, b) => b.views - a.views || Buffer.from(a.path).compare(Buffer.from(b.path)),
      );
      const answer = await readStats(file.engine, { site_id: site, date: DAY });
      expect(answer.body).toEqual({
        site_id: site,
        date: DAY,
        total_views: visits.length,
        unique_users: 12,
        top_paths: ranked.slice(0, 10),
      });
      expect(Object.keys(answer.body)).toEqual([
        "site_id",
        "date",
        "total_views",
        "unique_users",
        "top_paths",
      ]);
      expect(typeof answer.body["total_views"]).toBe("number");
      const all = await statsBody({ site_id: site, date: DAY, limit: "1000" });
      expect(all["top_paths"]).toEqual(ranked);
      const one = await statsBody({ site_id: site, date: DAY, limit: "1" });
      expect(one["top_paths"]).toEqual(ranked.slice(0, 1));
    },
    TIMEOUT_MS,
  );

  test(
    "is for today in UTC without a date",
    async () => {
      const before = new Date().toISOString();
      await sendAll([visit({ site_id: "today", timestamp: before })]);
      const body = await statsBody({ site_id: "today" });
      // At midnight the day may change between the two.
      const stored = await statsBody({ site_id: "today", date: before.slice(0, 10) });
      expect(stored).toMatchObject({ total_views: 1 });
      expect([before.slice(0, 10), new Date().toISOString().slice(0, 10)]).toContain(
        String(body["date"]),
      );
      expect(body["total_views"]).toBe(body["date"] === before.slice(0, 10) ? 1 : 0);
    },
    TIMEOUT_MS,
  );

  test("has zeros for an unknown site", async () => {
    expect(await statsBody({ site_id: "never", date: DAY })).toEqual({
      site_id: "never",
      date: DAY,
      total_views: 0,
      unique_users: 0,
      top_paths: [],
    });
  });

  test(
    "has headers that tell when everything is stored",
    async () => {
      await untilDrained(file.servers);
      const { headers } = await readStats(file.engine, { site_id: "headers" });
      expect(headers.get("x-queueflow-pending")).toBe("0");
      expect(headers.get("x-queueflow-lag-ms")).toBe("0");
    },
    TIMEOUT_MS,
  );

  test(
    "shares one read among equal questions of a thread",
    async () => {
      const { sql } = file.servers;
      await sendAll([visit({ site_id: "shared" }), visit({ site_id: "shared", path: "/b" })]);
      let answers: Promise<Readonly<Record<string, unknown>>[]> = Promise.resolve([]);
      await sql.begin(async (tx) => {
        await tx`LOCK TABLE daily_site_stats IN ACCESS EXCLUSIVE MODE`;
        answers = Promise.all(
          Array.from(
            { length: 12 },
            async (_, index) =>
              await statsBody({ site_id: "shared", date: DAY, limit: String(1 + (index % 2)) }),
          ),
        );
        const readers = async () =>
          await tx`
            SELECT FROM pg_stat_activity
            WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%daily_site_path_counts%'`;
        await eventually(async () => expect((await readers()).length).toBeGreaterThan(0));
        expect((await readers()).length).toBeLessThanOrEqual(2);
      });
      for (const [index, { top_paths }] of (await answers).entries()) {
        expect(top_paths).toHaveLength(1 + (index % 2));
      }
    },
    TIMEOUT_MS,
  );

  test("responds to HEAD without a body", async () => {
    const response = await fetch(`${file.engine.url}/stats?site_id=head`, { method: "HEAD" });
    expect(response.status).toBe(200);
    expect(await response.text()).toBe("");
  });
});

describe("health and logs", () => {
  test("GET /health/live and /health/ready are 200", async () => {
    expect((await ask(file.engine, "/health/live")).body).toEqual({ status: "live" });
    expect((await ask(file.engine, "/health/ready")).body).toEqual({ status: "ready" });
  });

  test(
    "the log is JSON and has group, migrations, commits, XACKs",
    async () => {
      const { output } = file.engine;
      await output.record("Consumer group created");
      await output.record("Migration applied");
      const committed = await output.record("Transaction committed");
      expect(committed).toMatchObject({ level: "debug", stored: expect.any(Number) });
      await output.record("XACK done");
      expect(output.strayLines).toEqual([]);
      const unexpected = output.records.filter(
        ({ level }) => level === "warn" || level === "error",
      );
      expect(unexpected).toEqual([]);
    },
    TIMEOUT_MS,
  );
});

test(
  "all tables agree once everything is stored",
  async () => {
    await untilDrained(file.servers);
    const { sql } = file.servers;
    expect(await checkInvariants(sql)).toBeGreaterThan(100);
    expect([...(await sql`SELECT * FROM dead_events`)]).toEqual([]);
  },
  TIMEOUT_MS,
);

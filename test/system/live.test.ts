import { describe, expect, test } from "bun:test";
import { openAccessKeys, withKey } from "../support/access-keys.ts";
import { ask } from "../support/api-client.ts";
import { BROWSER_START_MS_MAX, openBrowser } from "../support/chromium.ts";
import { startEngine } from "../support/engine.ts";
import { openEngineServers, useEngine } from "../support/engine-servers.ts";
import { eventually } from "../support/eventually.ts";
import { openLiveStream } from "../support/live-stream.ts";
import { packAllSites } from "../support/packing.ts";
import { sampleBody } from "../support/sample-event.ts";

const TIMEOUT_MS = 120_000;
const MINUTE_MS = 60_000;
const file = useEngine({ INGEST_WORKERS: "2", CONSUMER_WORKERS: "1" });

interface Sent {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly user_id: string;
  readonly path: string;
  readonly event_type: string;
}

function sent(agoMs: number, user_id: string, path = "/", event_type = "page_view"): Sent {
  return { at: Date.now() - agoMs, user_id, path, event_type };
}

async function send(siteId: string, events: readonly Sent[]): Promise<void> {
  const batch = events.map(({ at, ...event }) =>
    sampleBody({
      site_id: siteId,
      event_id: Bun.randomUUIDv7(),
      timestamp: new Date(at).toISOString(),
      ...event,
    }),
  );
  const { status } = await ask(file.engine, "/events", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(batch),
  });
  expect(status).toBe(202);
}

/** What `/live` has to say of events at the instant of an answer. */
function expected(siteId: string, events: readonly Sent[], { as_of }: { as_of?: unknown }) {
  const nowMs = Date.parse(String(as_of));
  const counted = events.filter(({ at }) => at < nowMs + MINUTE_MS);
  const recent = counted.filter(({ at }) => at >= nowMs - 5 * MINUTE_MS);
  const visitorsOf = (of: readonly Sent[]) => new Set(of.map(({ user_id }) => user_id)).size;
  const thisMinute = Math.floor(nowMs / MINUTE_MS);
  const pages = [...Map.groupBy(recent, ({ path }) => path)].map(([path, of]) => ({
    path,
    visitors: visitorsOf(of),
  }));
  return {
    site_id: siteId,
    visitors: visitorsOf(recent),
    window_s: 300,
    top_pages: pages
      .toSorted((a, b) => b.visitors - a.visitors || (a.path < b.path ? -1 : 1))
      .slice(0, 10),
    minutes: Array.from({ length: 30 }, (_, i) => {
      const minute = thisMinute - 29 + i;
      const of = counted.filter(
        ({ at }) => Math.min(Math.floor(at / MINUTE_MS), thisMinute) === minute,
      );
      return {
        minute: new Date(minute * MINUTE_MS).toISOString().replace(".000Z", "Z"),
        visitors: visitorsOf(of),
        pageviews: of.filter(({ event_type }) => event_type === "page_view").length,
      };
    }),
  };
}

async function expectLive(siteId: string, events: readonly Sent[]): Promise<void> {
  await eventually(async () => {
    const { status, headers, body } = await ask(file.engine, `/live?site_id=${siteId}`);
    expect([status, headers.get("cache-control")]).toEqual([200, "no-store"]);
    const { as_of, pending, lag_ms, ...numbers } = body;
    expect(numbers).toEqual(expected(siteId, events, { as_of }));
    expect([pending, lag_ms]).toEqual([expect.any(Number), expect.any(Number)]);
  });
}

describe("GET /live", () => {
  test("counts who is there, from rows, chunks and both", async () => {
    const siteId = "now.example";
    const first = [
      sent(0, "ann", "/pricing"),
      sent(1_000, "ann"),
      sent(2 * MINUTE_MS, "bob"),
      sent(2 * MINUTE_MS, "bob", "/", "click"),
      sent(10 * MINUTE_MS, "eve", "/old"),
      sent(29 * MINUTE_MS, "old"),
      sent(40 * MINUTE_MS, "gone"),
      sent(26 * 60 * MINUTE_MS, "gone"),
    ];
    await send(siteId, first);
    await expectLive(siteId, first);
    await packAllSites(file.servers.env["DATABASE_URL"] ?? "");
    await expectLive(siteId, first);
    const more = [sent(0, "zoe", "/new"), sent(12 * MINUTE_MS, "eve"), sent(45 * MINUTE_MS, "bob")];
    await send(siteId, more);
    await expectLive(siteId, [...first, ...more]);
  }, 120_000);

  test("counts what is at most a minute ahead as now", async () => {
    const siteId = "ahead.example";
    const events = [sent(-20_000, "ann"), sent(-10 * MINUTE_MS, "far"), sent(0, "bob")];
    await send(siteId, events);
    await expectLive(siteId, events);
  });

  test("lists ten pages", async () => {
    const siteId = "pages.example";
    const events = Array.from({ length: 30 }, (_, i) => sent(0, `user-${i}`, `/page-${i % 12}`));
    await send(siteId, events);
    await expectLive(siteId, events);
  });

  test("has zeros for a site without events", async () => {
    await expectLive("nobody.example", []);
  });
});

describe("GET /live/stream", () => {
  test("sends what changes to all listeners", async () => {
    const siteId = "stream.example";
    const streams = [
      await openLiveStream(file.engine, siteId),
      await openLiveStream(file.engine, siteId),
    ];
    const visitors = () => streams.map(({ events }) => events.at(-1)?.data["visitors"]);
    try {
      expect(streams[0]?.response.headers.get("content-type")).toStartWith("text/event-stream");
      expect(streams[0]?.response.headers.get("x-accel-buffering")).toBe("no");
      expect(streams[0]?.response.headers.get("cache-control")).toBe("no-store");
      await eventually(() => expect(visitors()).toEqual([0, 0]));
      const events = [sent(0, "ann"), sent(0, "bob", "/pricing")];
      await send(siteId, events);
      await eventually(() => expect(visitors()).toEqual([2, 2]));
      const { name, data } = streams[0]?.events.at(-1) ?? {};
      expect(name).toBe("live");
      expect(data).toMatchObject(expected(siteId, events, data ?? {}));
    } finally {
      for (const stream of streams) stream[Symbol.dispose]();
    }
  });

  test(
    "is read by the EventSource of a browser",
    async () => {
      await using browser = await openBrowser();
      const page = await browser.newPage();
      const blank = `${file.engine.url}/blank`;
      await page.route(blank, async (route) => await route.fulfill({ contentType: "text/html" }));
      await page.goto(blank);
      const siteId = "browser.example";
      const next = page.evaluate<string>(`new Promise((resolve) => {
      const source = new EventSource("/live/stream?site_id=${siteId}");
      source.addEventListener("live", ({ data }) => {
        if (JSON.parse(data).visitors === 0) document.title = "open";
        else resolve(data);
      });
    })`);
      await eventually(async () => expect(await page.title()).toBe("open"));
      await send(siteId, [sent(0, "ann")]);
      expect(JSON.parse(await next)).toMatchObject({ site_id: siteId, visitors: 1 });
    },
    BROWSER_START_MS_MAX,
  );

  test(
    "ends when the key is revoked, and when the engine stops",
    async () => {
      await using servers = await openEngineServers({ database: "migrated" });
      await using engine = await startEngine({ env: { ...servers.env, INGEST_WORKERS: "1" } });
      await using keys = openAccessKeys(servers);
      const siteId = "keys.example";
      const [revoked, kept] = [
        await keys.create("read", siteId),
        await keys.create("read", siteId),
      ];
      const statusOf = async (headers: Readonly<Record<string, string>>, site = siteId) => {
        using stream = await openLiveStream(engine, site, headers);
        return stream.response.status;
      };
      // The last, so that the others are known as well.
      await eventually(async () =>
        expect(await statusOf(withKey(kept), "other.example")).toBe(403),
      );
      expect(await statusOf({})).toBe(401);
      const streams = await Promise.all(
        [revoked, kept].map(async (key) => await openLiveStream(engine, siteId, withKey(key))),
      );
      expect(streams.map(({ response }) => response.status)).toEqual([200, 200]);
      await keys.revoke(revoked);
      await streams[0]?.ended;
      expect(await Promise.race([streams[1]?.ended, Promise.resolve("open")])).toBe("open");
      // Stopping does not wait for clients to leave.
      expect(await engine.stop()).toBe(0);
      await streams[1]?.ended;
    },
    TIMEOUT_MS,
  );

  test("refuses more streams of a client than it may open", async () => {
    const streams = await Promise.all(
      Array.from({ length: 140 }, async () => await openLiveStream(file.engine, "many.example")),
    );
    for (const stream of streams) stream[Symbol.dispose]();
    const refused = streams.filter(({ response }) => response.status !== 200);
    expect(refused.length).toBeGreaterThanOrEqual(12);
    expect(new Set(refused.map(({ response }) => response.status))).toEqual(new Set([429]));
    await eventually(async () => {
      using stream = await openLiveStream(file.engine, "many.example");
      expect(stream.response.status).toBe(200);
    });
  });
});

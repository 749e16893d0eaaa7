import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { HOUR_MS, utcDate } from "../../src/event/day.ts";
import { localDayAt } from "../../src/event/local-day.ts";
import { type AccessKeys, openAccessKeys, withKey } from "../support/access-keys.ts";
import { ask, readStats } from "../support/api-client.ts";
import { CHROME, sendBeacon } from "../support/browser.ts";
import { countryDatabase } from "../support/country-database.ts";
import { startEngine } from "../support/engine.ts";
import { useEngine } from "../support/engine-servers.ts";
import { eventually } from "../support/eventually.ts";
import { Scrape } from "../support/metrics-samples.ts";
import { untilDayIsLong } from "../support/one-day.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const TIMEOUT_MS = 120_000;
const SMALL = { INGEST_WORKERS: "1", CONSUMER_WORKERS: "1" };
const PROXIED = { ...SMALL, TRUSTED_PROXIES: "127.0.0.1", COUNTRY_HEADER: "CF-IPCountry" };
const ADDRESS = "198.51.100.237";
const EXCLUDED = "192.0.2.99";
const KEY_REQUIRED = { "x-queueflow-error": "key_required" };
type Headers = Readonly<Record<string, string>>;

let keys: AccessKeys;
// Before the engine's, which drops the database.
afterAll(async () => await keys[Symbol.asyncDispose]());
const here = useEngine({ ...PROXIED, RESPECT_GPC: "true", LOG_LEVEL: "debug" });
beforeAll(() => {
  keys = openAccessKeys(here.servers);
});

/** Returns the rows of a site once there are so many. */
async function stored(siteId: string, count = 1) {
  const { sql } = here.servers;
  let rows: readonly Record<string, unknown>[] = [];
  await eventually(async () => {
    rows = await sql`SELECT * FROM events WHERE site_id = ${siteId} ORDER BY timestamp`;
    expect(rows.length).toBe(count);
  });
  return rows;
}

/** Waits until a pixel would have these headers. Stores nothing. */
async function untilPixel(
  query: string,
  expected: Readonly<Record<string, string | null>>,
  headers: Headers = {},
): Promise<void> {
  await eventually(async () => {
    const response = await pixel(query, headers, "HEAD");
    for (const [name, value] of Object.entries(expected)) {
      expect(response.headers.get(name)).toBe(value);
    }
  });
}

/** Sends a view of a site and returns the status with the error, or why it was dropped, or the status of the event. */
async function view(siteId: string, { path = "/", headers = {}, query = "" } = {}) {
  const beacon = { site_id: siteId, url: `https://${siteId}${path}` };
  const sent = { path: `/collect${query}`, headers };
  const { status, body, headers: answered } = await sendBeacon(here.engine, beacon, sent);
  const dropped = answered.get("x-queueflow-dropped");
  expect(dropped).toBe((body["reason"] as string | undefined) ?? null);
  return `${status} ${String(body["error"] ?? dropped ?? body["status"])}`;
}

async function pixel(query: string, headers: Headers = {}, method = "GET") {
  const url = `${here.engine.url}/collect.gif?${query}`;
  return await fetch(url, { method, headers: { "User-Agent": CHROME, ...headers } });
}

/** Returns three zones in which two local days fall in the last 23 hours, wherever UTC is. */
function zonesAwayFromMidnight(): readonly string[] {
  const zones = ["Pacific/Kiritimati", "Asia/Kolkata", "America/Phoenix", "Asia/Tokyo", "UTC"];
  const isAway = (timeZone: string) => {
    const sinceMs = Date.now() - localDayAt(timeZone, Date.now()).startMs;
    return sinceMs > HOUR_MS && sinceMs < 23 * HOUR_MS;
  };
  return zones.filter(isAway).slice(0, 3);
}

describe("an event of a browser", () => {
  test("is stored with what the request tells", async () => {
    const siteId = "facts.example";
    const url = "https://www.facts.example:8443/a?utm_source=mail&secret=1#part";
    const beforeMs = Date.now();
    const { status, body } = await sendBeacon(
      here.engine,
      { site_id: siteId, url, referrer: "https://facts.example/b", title: "A", at_ms_ago: 60_000 },
      {
        headers: {
          "X-Forwarded-For": `203.0.113.1, ${ADDRESS}`,
          "CF-IPCountry": "de",
          "Accept-Language": "fr-CH, fr;q=0.9",
        },
      },
    );
    expect([status, body]).toEqual([
      202,
      { status: "accepted", event_id: expect.stringMatching(/^[\da-f-]{36}$/) },
    ]);
    const [row = {}] = await stored(siteId);
    expect(row).toMatchObject({
      event_type: "page_view",
      hostname: "www.facts.example",
      path: "/a",
      utm_source: "mail",
      referrer: null,
      title: "A",
      language: "fr-CH",
      country: "DE",
      device: "desktop",
      browser: "Chrome",
      os: "Windows",
      visitor: "daily",
      user_id: expect.stringMatching(/^[\w-]{22}$/),
    });
    const agoMs = beforeMs - new Date(String(row["timestamp"])).getTime();
    expect(Math.abs(agoMs - 60_000)).toBeLessThan(30_000);
  });

  test("counts a visitor once in each local day of its site", async () => {
    const address = { headers: { "X-Forwarded-For": "192.0.2.3" } };
    const zones = zonesAwayFromMidnight();
    const siteOf = (timeZone: string) => `${timeZone.toLowerCase().replace("/", "-")}.example`;
    for (const timeZone of zones) {
      await keys.addSite(siteOf(timeZone), { timeZone, excludedPaths: ["/in-force"] });
      await untilPixel(`site_id=${siteOf(timeZone)}&url=https://a.example/in-force`, {
        "x-queueflow-dropped": "excluded_path",
      });
      const { startMs } = localDayAt(timeZone, Date.now());
      const beacon = { site_id: siteOf(timeZone), url: `https://${siteOf(timeZone)}/` };
      const hours = Array.from({ length: 23 }, (_, hour) => Date.now() - hour * HOUR_MS);
      for (const atMs of [startMs - 5_000, startMs + 1, ...hours]) {
        const late = { ...beacon, at_ms_ago: Date.now() - atMs };
        expect((await sendBeacon(here.engine, late, address)).status).toBe(202);
      }
      await stored(siteOf(timeZone), 25);
    }
    const { sql } = here.servers;
    const days = await sql`
      SELECT count(DISTINCT user_id)::int AS users
      FROM events JOIN sites USING (site_id) WHERE site_id = ANY(${zones.map(siteOf)})
      GROUP BY site_id, (timestamp AT TIME ZONE time_zone)::date`;
    expect(days.map(({ users }) => Number(users))).toEqual(zones.flatMap(() => [1, 1]));
    const [all] = await sql`
      SELECT count(DISTINCT user_id)::int AS users FROM events WHERE site_id = ANY(${zones.map(siteOf)})`;
    expect(all).toEqual({ users: 2 * zones.length });
  });

  test("counts a visitor once, in every thread and process", async () => {
    await untilDayIsLong();
    const siteId = "visitors.example";
    await using second = await startEngine({
      env: { ...here.servers.env, ...SMALL, TRUSTED_PROXIES: "127.0.0.1" },
    });
    const beacon = { site_id: siteId, url: "https://visitors.example/" };
    for (const engine of [here.engine, second]) {
      for (const address of ["192.0.2.1", "192.0.2.2", "192.0.2.1"]) {
        await sendBeacon(engine, beacon, { headers: { "X-Forwarded-For": address } });
      }
    }
    await sendBeacon(here.engine, { ...beacon, user_id: "ann" });
    await stored(siteId, 7);
    const { body } = await readStats(here.engine, { site_id: siteId, date: utcDate(Date.now()) });
    expect(body).toMatchObject({ total_views: 7, unique_users: 3 });
  });
});

describe("an unwanted event", () => {
  const siteId = "drops.example";
  const cases: readonly (readonly [string, object, string])[] = [
    ["no user agent", { headers: { "User-Agent": "" } }, "robot"],
    [
      "a robot",
      { headers: { "User-Agent": "Googlebot/2.1 (+http://google.com/bot.html)" } },
      "robot",
    ],
    ["a program", { headers: { "User-Agent": "curl/8.5.0" } }, "robot"],
    ["a prefetch", { headers: { "Sec-Purpose": "prefetch" } }, "prefetch"],
    ["privacy control", { headers: { "Sec-GPC": "1" } }, "gpc"],
    ["do not track", { headers: { DNT: "1" } }, "dnt"],
    ["an address", { headers: { "X-Forwarded-For": EXCLUDED } }, "excluded_address"],
    ["a path", { path: "/admin/users" }, "excluded_path"],
    ["a country", { headers: { "CF-IPCountry": "AQ" } }, "excluded_country"],
  ];

  test("gets a 202, is counted, and is not stored", async () => {
    await keys.addSite(siteId, {
      hostnames: ["drops.example"],
      excludedNetworks: [EXCLUDED],
      excludedPaths: ["/admin/**"],
      excludedCountries: ["AQ"],
    });
    await untilPixel(`site_id=${siteId}&url=https://other.example/`, {
      "x-queueflow-dropped": "excluded_hostname",
    });
    const before = await dropCounts();
    for (const [what, sent, reason] of cases) {
      expect([what, await view(siteId, sent)]).toEqual([what, `202 ${reason}`]);
    }
    expect(await view(siteId)).toBe("202 accepted");
    await stored(siteId, 1);
    await eventually(async () => {
      const after = await dropCounts();
      const counted = cases.map(([, , reason]) => reason);
      for (const [reason, times] of after) {
        const expected = counted.filter((each) => each === reason).length;
        expect([reason, times - (before.get(reason) ?? 0)]).toEqual([reason, expected]);
      }
    });
  });

  test("is refused all the same without a good key", async () => {
    await keys.create("browser", "robots.example");
    await untilPixel("site_id=robots.example&url=https://robots.example/", KEY_REQUIRED);
    const robot = { headers: { "User-Agent": "curl/8" } };
    expect(await view("robots.example", robot)).toBe("401 key_required");
  });
});

async function dropCounts(): Promise<ReadonlyMap<string, number>> {
  const scrape = new Scrape(await (await fetch(`${here.engine.url}/metrics`)).text());
  const samples = scrape.all("queueflow_events_dropped_total");
  return new Map(samples.map(({ labels, value }) => [labels["reason"] ?? "", value]));
}

test("a browser key closes a site to browsers only, and names it", async () => {
  const siteId = "keyed.example";
  const key = await keys.create("browser", siteId);
  await untilPixel(`site_id=${siteId}&url=https://keyed.example/`, KEY_REQUIRED);
  expect(await view(siteId)).toBe("401 key_required");
  const query = `?key=${key.text}`;
  expect(await view(siteId, { query })).toBe("202 accepted");
  expect(await view("other.example", { query })).toBe("403 wrong_site");
  const read = await keys.create("read", siteId);
  const write = await keys.create("write", siteId);
  await untilPixel("url=https://keyed.example/", { "x-queueflow-error": null }, withKey(write));
  expect(await view(siteId, { headers: withKey(write) })).toBe("202 accepted");
  expect(await view(siteId, { headers: withKey(read) })).toBe("403 wrong_kind");
  const own = await sendBeacon(
    here.engine,
    { url: "https://keyed.example/own" },
    { path: `/collect${query}` },
  );
  expect(own.status).toBe(202);
  const image = await pixel(`key=${key.text}&url=https://keyed.example/image`);
  expect(image.status).toBe(200);
  expect((await pixel(`site_id=${siteId}&url=https://a/`)).status).toBe(401);
  await stored(siteId, 4);
  await keys.revoke(read);
});

test("pages of other origins are refused, and may read why", async () => {
  const siteId = "origins.example";
  await keys.addSite(siteId, { origins: ["https://origins.example"] });
  const from = (Origin: string) => view(siteId, { headers: { Origin } });
  await eventually(async () => expect(await from("https://evil.example")).toBe("403 wrong_origin"));
  expect(await from("https://origins.example")).toBe("202 accepted");
  const headers = { Origin: "https://origins.example" };
  const beacon = { site_id: siteId, url: "https://origins.example/" };
  for (const answer of [
    await sendBeacon(here.engine, beacon, { headers }),
    await sendBeacon(here.engine, "{", { headers }),
    await pixel(`site_id=${siteId}&url=https://origins.example/`, headers),
    await pixel(`site_id=${siteId}`, headers),
  ]) {
    expect(answer.headers.get("access-control-allow-origin")).toBe("https://origins.example");
    expect(answer.headers.get("access-control-allow-credentials")).toBe("true");
    expect(answer.headers.get("cross-origin-resource-policy")).toBe("cross-origin");
  }
});

test.each(["/event", "/events", "/collect"])(
  "%s lets tracing libraries add headers",
  async (path) => {
    const preflight = await fetch(`${here.engine.url}${path}`, {
      method: "OPTIONS",
      headers: { Origin: "https://a.example", "Access-Control-Request-Method": "POST" },
    });
    expect(preflight.status).toBe(204);
    const allowed = preflight.headers.get("access-control-allow-headers");
    expect(allowed).toContain("traceparent, tracestate, baggage, sentry-trace, x-requested-with");
  },
);

describe("a body", () => {
  const event = { site_id: "bodies.example", url: "https://bodies.example/" };
  const json = JSON.stringify(event);
  test.each([
    ["text", "text/plain;charset=UTF-8", json, 202],
    ["text without a charset", "text/plain", json, 202],
    ["JSON", "application/json", json, 202],
    ["65,536 bytes", "text/plain", json.padEnd(65_536), 202],
    ["more", "text/plain", json.padEnd(65_537), 413],
    ["a form", "application/x-www-form-urlencoded", json, 415],
    ["other text", "text/plain;charset=latin1", json, 415],
    ["no JSON", "text/plain", "{", 400],
    ["nothing", "text/plain", "", 400],
    ["a list", "text/plain", "[]", 400],
    ["no fields", "text/plain", "{}", 422],
    ["deep JSON", "text/plain", "[".repeat(60_000), 400],
  ])("of %s gets its status", async (_, type, body, status) => {
    const sent = await sendBeacon(here.engine, body, { headers: { "Content-Type": type } });
    expect(sent.status).toBe(status);
  });

  test("without a type is taken, as of untyped bytes", async () => {
    const { status } = await fetch(`${here.engine.url}/collect`, {
      method: "POST",
      headers: { "User-Agent": CHROME },
      body: Buffer.from(json),
    });
    expect(status).toBe(202);
  });
});

describe("the pixel", () => {
  test("counts the page that embeds it, and is never cached", async () => {
    const siteId = "pixel.example";
    const response = await pixel(`site_id=${siteId}&title=Mail+1&properties=%7B%22a%22:1%7D`, {
      Referer: "https://pixel.example/page",
      Accept: "image/avif,image/*,*/*;q=0.8",
    });
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("image/gif");
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect((await response.bytes()).length).toBe(43);
    const [row] = await stored(siteId);
    expect(row).toMatchObject({ path: "/page", title: "Mail 1", properties: { a: 1 } });
  });

  test("is an image also for an event that is refused or dropped", async () => {
    for (const [query, headers, status, name, value] of [
      ["site_id=a", {}, 422, "x-queueflow-error", "invalid_field"],
      ["site_id=a&url=https://a/&at_ms_ago=x", {}, 422, "x-queueflow-error", "invalid_field"],
      ["site_id=%ff&url=https://a/", {}, 422, "x-queueflow-error", "invalid_field"],
      ["key=qf_b_x&url=https://a/", {}, 401, "x-queueflow-error", "key_malformed"],
      ["site_id=a&url=https://a/", { "User-Agent": "curl/8" }, 200, "x-queueflow-dropped", "robot"],
    ] as const) {
      const response = await pixel(query, headers);
      expect([query, response.status]).toEqual([query, status]);
      expect([query, response.headers.get(name)]).toEqual([query, value]);
      expect([query, response.headers.get("content-type")]).toEqual([query, "image/gif"]);
      expect((await response.bytes()).length).toBe(43);
    }
  });

  test("counts nothing when only its headers are asked for", async () => {
    const siteId = "head.example";
    const query = `site_id=${siteId}&url=https://head.example/`;
    expect((await pixel(query, {}, "HEAD")).status).toBe(200);
    expect((await pixel("site_id=a", {}, "HEAD")).status).toBe(422);
    expect((await pixel(query)).status).toBe(200);
    await stored(siteId, 1);
  });
});

test("a debug request shows what would be stored, and stores nothing", async () => {
  const siteId = "debug.example";
  const beacon = {
    site_id: siteId,
    url: "https://debug.example/a?utm_source=x",
    properties: { plan: "pro" },
    engaged_ms: 5,
    country: "US",
  };
  const headers = {
    "X-Debug-Request": "1",
    "X-Forwarded-For": ADDRESS,
    "CF-IPCountry": "FR",
    ...withKey(await keys.create("admin")),
  };
  const sent = await eventually(async () => {
    const answer = await sendBeacon(here.engine, beacon, { headers });
    expect(answer.status).toBe(200);
    return answer;
  });
  const { body } = sent;
  expect(body).toEqual({
    status: "debug",
    dropped: null,
    event: {
      site_id: siteId,
      event_id: expect.any(String),
      event_type: "page_view",
      path: "/a",
      hostname: "debug.example",
      utm_source: "x",
      user_id: expect.any(String),
      visitor: "daily",
      timestamp: expect.any(String),
      properties: { plan: "pro" },
      engaged_ms: 5,
      device: "desktop",
      browser: "Chrome",
      os: "Windows",
      country: "FR",
    },
    ignored: { country: expect.any(String) },
  });
  const robot = await sendBeacon(here.engine, beacon, {
    headers: { ...headers, "User-Agent": "curl/8" },
  });
  expect([robot.status, robot.body["dropped"]]).toEqual([200, "robot"]);
  expect((await sendBeacon(here.engine, {}, { headers })).status).toBe(422);
  expect(JSON.stringify([body, robot.body])).not.toContain(ADDRESS);
  expect(await view(siteId)).toBe("202 accepted");
  await stored(siteId, 1);
});

test("a debug request needs an admin key once one exists", async () => {
  const siteId = "admin.example";
  const debug = async (headers: Headers, query = "") => {
    const beacon = { site_id: siteId, url: "https://admin.example/" };
    const sent = { path: `/collect${query}`, headers: { ...headers, "X-Debug-Request": "1" } };
    const { status, body } = await sendBeacon(here.engine, beacon, sent);
    return `${status} ${String(body["error"] ?? body["status"])}`;
  };
  const browser = await keys.create("browser", siteId);
  const admin = await keys.create("admin");
  const [ofSite, ofOther] = [
    await keys.create("admin", siteId),
    await keys.create("admin", "other.example"),
  ] as const;
  const query = `?key=${browser.text}`;
  await eventually(async () => expect(await debug({}, query)).toBe("401 key_required"));
  await eventually(async () => expect(await debug(withKey(ofOther), query)).toBe("403 wrong_site"));
  expect(await debug(withKey(browser), query)).toBe("403 wrong_kind");
  expect(await debug(withKey(admin), query)).toBe("200 debug");
  expect(await debug(withKey(ofSite), query)).toBe("200 debug");
  expect(await debug(withKey(ofSite))).toBe("401 key_required");
});

describe("with other settings", () => {
  test(
    "the paths, the country's file and the proxies are as set",
    async () => {
      const geoipFile = join(temporaryFolder("countries"), "countries.mmdb");
      const records = new Map([["127.0.0.0/8", { country: { iso_code: "DE" } }]]);
      await writeFile(geoipFile, countryDatabase(records));
      const env = { ...here.servers.env, ...SMALL, COLLECT_PATH: "/a/b", GEOIP_FILE: geoipFile };
      await using engine = await startEngine({ env });
      const siteId = "renamed.example";
      const headers = {
        "X-Forwarded-For": ADDRESS,
        "CF-IPCountry": "FR",
        "Sec-GPC": "1",
        "X-Debug-Request": "1",
        ...withKey(await keys.create("admin")),
      };
      const beacon = { site_id: siteId, url: "https://renamed.example/" };
      await eventually(async () => {
        const { body } = await sendBeacon(engine, beacon, { path: "/a/b", headers });
        expect(body).toMatchObject({ dropped: null, event: { country: "DE" } });
      });
      expect((await sendBeacon(engine, beacon, { path: "/a/b" })).status).toBe(202);
      const image = await fetch(`${engine.url}/a/b.gif?site_id=${siteId}&url=https://a/`);
      expect(image.headers.get("cross-origin-resource-policy")).toBe("cross-origin");
      expect((await sendBeacon(engine, beacon)).status).toBe(404);
      const wrong = await ask(engine, "/a/b");
      expect([wrong.status, wrong.headers.get("allow")]).toEqual([405, "POST, OPTIONS"]);
      const { headers: opened } = await fetch(`${engine.url}/a/b`, { method: "OPTIONS" });
      expect(opened.get("access-control-allow-methods")).toBe("POST");
      const metrics = await (
        await fetch(`${engine.url}/metrics`, { headers: withKey(await keys.create("admin")) })
      ).text();
      expect(metrics).not.toContain("/a/b");
    },
    TIMEOUT_MS,
  );

  test(
    "limits and ACCESS=keys are in force",
    async () => {
      const env = {
        ...here.servers.env,
        ...SMALL,
        ACCESS: "keys",
        ADDRESS_REQUESTS_PER_SECOND: "1",
        ADDRESS_BURST_SECONDS: "2",
      };
      await using engine = await startEngine({ env });
      const beacon = { site_id: "all.example", url: "https://all.example/" };
      const statuses: number[] = [];
      // Requests become due again while a slow machine sends them.
      while (statuses.length < 100 && statuses.at(-1) !== 429) {
        statuses.push((await sendBeacon(engine, beacon)).status);
      }
      expect(statuses.slice(0, 2)).toEqual([401, 401]);
      expect(statuses.at(-1)).toBe(429);
      const image = await fetch(`${engine.url}/collect.gif?site_id=a&url=https://a/`);
      expect(image.headers.get("content-type")).toBe("image/gif");
    },
    TIMEOUT_MS,
  );
});

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { gunzipSync } from "node:zlib";
import type { Browser, Page } from "playwright-core";
import { utcDate } from "../../src/event/day.ts";
import { openAccessKeys } from "../support/access-keys.ts";
import { readStats } from "../support/api-client.ts";
import { CHROME } from "../support/browser.ts";
import { BROWSER_START_MS_MAX, openBrowser } from "../support/chromium.ts";
import { startEngine } from "../support/engine.ts";
import { useEngine } from "../support/engine-servers.ts";
import { eventually } from "../support/eventually.ts";
import { untilDayIsLong } from "../support/one-day.ts";
import { EVENTS, openTrackedSite, SITE, type TrackedSite } from "../support/tracked-site.ts";

const TIMEOUT_MS = 120_000;
const LOCAL = "site.localhost";
/** On loopback, the engine checks the names that it is asked by. */
const ENV = { API_HOST: "127.0.0.1", INGEST_WORKERS: "1", CONSUMER_WORKERS: "1" };
const here = useEngine(ENV);

async function get(path: string, headers: Readonly<Record<string, string>> = {}) {
  const response = await fetch(`${here.engine.url}${path}`, { headers, decompress: false });
  return { status: response.status, headers: response.headers, body: await response.bytes() };
}

describe("GET /script.js", () => {
  test("serves a script to pages of any site", async () => {
    const { status, headers } = await get("/script.js", { Host: "cdn.example" });
    expect(status).toBe(200);
    expect(Object.fromEntries(headers)).toMatchObject({
      "content-type": "text/javascript; charset=utf-8",
      "cross-origin-resource-policy": "cross-origin",
      "x-content-type-options": "nosniff",
      "cache-control": "public, max-age=3600",
      vary: "Accept-Encoding",
    });
  });

  test("is not sent again to who has it", async () => {
    const first = await get("/script.js?v=2");
    const etag = first.headers.get("etag") ?? "";
    for (const known of [etag, etag.replace("W/", ""), `"a", ${etag}`, "*"]) {
      const { status, headers, body } = await get("/script.js", { "If-None-Match": known });
      expect([status, headers.get("etag"), body.length]).toEqual([304, etag, 0]);
    }
    expect((await get("/script.js", { "If-None-Match": `W/"other"` })).status).toBe(200);
  });

  test("is immutable under its hash, and not under another", async () => {
    const { headers, body } = await get("/script.js");
    const [hash = ""] = /[\da-f]{16}/.exec(headers.get("etag") ?? "") ?? [];
    const own = await get(`/script.${hash}.js`);
    expect(own.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
    const former = await get(`/script.${"0".repeat(16)}.js`);
    expect(former.headers.get("cache-control")).toBe("public, max-age=3600");
    expect([own.body, former.body]).toEqual([body, body]);
    expect((await get("/script.other.js")).status).toBe(404);
  });

  test("is compressed as the client accepts", async () => {
    const { body } = await get("/script.js", { "Accept-Encoding": "identity" });
    const gzip = await get("/script.js", { "Accept-Encoding": "gzip" });
    expect(gzip.headers.get("content-encoding")).toBe("gzip");
    expect(gunzipSync(gzip.body)).toEqual(Buffer.from(body));
    const br = await get("/script.js", { "Accept-Encoding": "gzip, br" });
    expect(br.headers.get("content-encoding")).toBe("br");
    const head = await fetch(`${here.engine.url}/script.js`, { method: "HEAD" });
    expect([head.status, (await head.bytes()).length]).toEqual([200, 0]);
    const post = await fetch(`${here.engine.url}/script.js`, { method: "POST" });
    expect([post.status, post.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
  });
});

describe("a tag on a page of another origin", () => {
  let browser: Browser;
  let page: Page;
  let site: TrackedSite;
  beforeAll(async () => {
    browser = await openBrowser([SITE, EVENTS, LOCAL], { userAgent: CHROME });
    page = await browser.newPage();
    await untilDayIsLong();
    site = openTrackedSite(`http://${EVENTS}:${here.engine.port}`);
  }, BROWSER_START_MS_MAX);
  afterAll(async () => {
    await browser?.close();
    await site?.[Symbol.asyncDispose]();
  }, TIMEOUT_MS);

  async function untilCounted(views: number, path: string): Promise<void> {
    await eventually(async () => {
      const { body } = await readStats(here.engine, { site_id: SITE, date: utcDate(Date.now()) });
      expect(body).toMatchObject({ total_views: views, unique_users: 1 });
      expect(JSON.stringify(body["top_paths"])).toContain(JSON.stringify(path));
    });
  }

  test(
    "counts each view and event in /stats",
    async () => {
      const hidden = `<noscript><img src="${site.eventsOrigin}/collect.gif?site_id=${SITE}"></noscript>`;
      site.show("/one", { html: site.tag("data-engagement data-hash") + hidden });
      await page.goto(`${site.origin}/one`);
      await untilCounted(1, "/one");
      await page.evaluate("history.pushState(null, '', '/two')");
      await untilCounted(3, "/two");
      await page.evaluate("location.hash = 'three'");
      await untilCounted(5, "/two#three");
      await page.evaluate("queueflow('signup', { plan: 'pro' })");
      await untilCounted(6, "/two#three");
      await page.goto("about:blank");
      await untilCounted(7, "/two#three");
      const rows = await here.servers.sql`
        SELECT event_type, path, visitor, hostname, browser, engaged_ms FROM events
        WHERE site_id = ${SITE} AND event_type <> 'page_view' ORDER BY received_at`;
      expect(rows.map(({ event_type: type, path }) => `${type} ${path}`)).toEqual([
        "engagement /one",
        "engagement /two",
        "signup /two#three",
        "engagement /two#three",
      ]);
      expect(rows[0]).toMatchObject({ visitor: "daily", hostname: SITE, browser: "Chrome" });
    },
    TIMEOUT_MS,
  );

  test(
    "counts by the pixel in a browser without script",
    async () => {
      const pixel = `<noscript><img src="${site.eventsOrigin}/collect.gif?site_id=${SITE}" referrerpolicy="no-referrer-when-downgrade" alt=""></noscript>`;
      site.show("/hidden", { html: site.tag() + pixel });
      const context = await browser.newContext({ javaScriptEnabled: false });
      const plain = await context.newPage();
      await plain.goto(`${site.origin}/hidden`);
      await untilCounted(8, "/hidden");
      await context.close();
    },
    TIMEOUT_MS,
  );

  test(
    "counts in a page that is isolated from other origins",
    async () => {
      site.show("/isolated", {
        html: `<!doctype html>${site.tag("data-local data-engagement")}
          <img src="${site.eventsOrigin}/collect.gif?site_id=${SITE}&url=http://${SITE}/image" alt="">`,
        headers: {
          "Cross-Origin-Opener-Policy": "same-origin",
          "Cross-Origin-Embedder-Policy": "require-corp",
        },
      });
      // Only pages of a secure origin are isolated, which this name is.
      await page.goto(`${site.origin.replace(SITE, LOCAL)}/isolated`);
      expect(await page.evaluate("crossOriginIsolated")).toBe(true);
      expect(await page.evaluate("document.images[0].naturalWidth")).toBe(1);
      await untilCounted(10, "/image");
      await page.goto("about:blank");
      await untilCounted(11, "/isolated");
    },
    TIMEOUT_MS,
  );

  test(
    "counts under renamed paths, with the key that its site needs",
    async () => {
      await using engine = await startEngine({
        env: {
          ...here.servers.env,
          ...ENV,
          SCRIPT_PATH: "/assets/app.js",
          COLLECT_PATH: "/assets/send",
        },
      });
      await using keys = openAccessKeys(here.servers);
      const key = await keys.create("browser", SITE);
      await eventually(async () => {
        const target = `${engine.url}/assets/send?key=${key.text}`;
        // Without an event, a key in force gets no further than the body.
        expect((await fetch(target, { method: "POST", body: "{}" })).status).toBe(422);
      });
      await using renamed = openTrackedSite(`http://${EVENTS}:${engine.port}`);
      renamed.show("/renamed", { html: renamed.tag(`data-key="${key.text}"`, "/assets/app.js") });
      const answered = page.waitForResponse((response) => response.url().includes("/assets/send"));
      await page.goto(`${renamed.origin}/renamed`);
      expect((await answered).status()).toBe(202);
      expect((await fetch(`${engine.url}/script.js`)).status).toBe(404);
      await untilCounted(12, "/renamed");
      await keys.revoke(key);
    },
    TIMEOUT_MS,
  );
});

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Browser, Frame } from "playwright-core";
import { BROWSER_START_MS_MAX, openBrowser } from "../support/chromium.ts";
import { checkAllStored, useEngine } from "../support/engine-servers.ts";
import { eventually } from "../support/eventually.ts";
import { sampleBody } from "../support/sample-event.ts";

const TIMEOUT_MS = 120_000;
const EVIL = "evil.example";
const SHOP = "shop.example";
const HTML = { headers: { "Content-Type": "text/html" } };
const file = useEngine({ API_HOST: "127.0.0.1", INGEST_WORKERS: "1", CONSUMER_WORKERS: "1" });
const accepted = new Set<string>();

/** The server of another site, on this machine: Chromium lets no page of the internet reach a loopback address over HTTP. */
const shop = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  fetch: ({ url }) =>
    new Response(`<iframe sandbox="allow-scripts" srcdoc="opaque"></iframe>${frameOf(url)}`, HTML),
});
let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser([EVIL, SHOP]);
}, BROWSER_START_MS_MAX);
afterAll(async () => {
  await browser?.close();
  await shop.stop(true);
}, TIMEOUT_MS);

/** Returns a frame of the page that `?frame=` names. */
function frameOf(url: string): string {
  const framed = new URL(url).searchParams.get("frame");
  return framed === null ? "" : `<iframe src="${Bun.escapeHTML(framed)}"></iframe>`;
}

async function openShop(framed?: string) {
  const page = await browser.newPage();
  const problems: string[] = [];
  page.on("console", (message) => problems.push(message.text()));
  const query = framed === undefined ? "" : `?frame=${encodeURIComponent(framed)}`;
  await page.goto(`http://${SHOP}:${shop.port}/${query}`);
  return { page, problems, [Symbol.asyncDispose]: async () => await page.close() };
}

interface Seen {
  readonly status: number;
  readonly body: string;
}

/** Returns what a page reads of a response; undefined when the browser hides it. */
async function read(
  page: Pick<Frame, "evaluate">,
  url: string,
  init?: object,
): Promise<Seen | undefined> {
  return await page.evaluate(
    async ([from, options]) => {
      try {
        const response = await fetch(from, options);
        return { status: response.status, body: await response.text() };
      } catch {
        return undefined;
      }
    },
    [url, init] as const,
  );
}

function sent(body: object, credentials = "include") {
  const headers = { "Content-Type": "application/json", "Idempotency-Key": Bun.randomUUIDv7() };
  return { method: "POST", credentials, headers, body: JSON.stringify(body) };
}

function accept(seen: Seen | undefined): void {
  expect(seen?.status).toBe(202);
  accepted.add(String(JSON.parse(seen?.body ?? "").event_id));
}

describe("a page whose name leads to this machine", () => {
  test.each(["/stats?site_id=a", "/metrics", "/health", "/swagger/json", "/", "/no-such-path"])(
    "cannot read %s",
    async (path) => {
      // A page of the attacker has no policy of the engine.
      const context = await browser.newContext({ bypassCSP: true });
      const page = await context.newPage();
      await page.goto(`http://${EVIL}:${file.engine.port}/health/live`);
      const seen = await read(page.mainFrame(), path);
      expect(seen?.status).toBe(403);
      expect(JSON.parse(seen?.body ?? "")).toMatchObject({ error: "host_not_allowed" });
      await context.close();
    },
    TIMEOUT_MS,
  );
});

describe("a page of another site", () => {
  test(
    "sends events with credentials and reads the responses",
    async () => {
      await using open = await openShop();
      const url = `${file.engine.url}/event`;
      const page = open.page.mainFrame();
      accept(await read(page, url, sent(sampleBody({ event_id: undefined }))));
      expect((await read(page, url, sent({})))?.status).toBe(422);
      expect((await read(page, url))?.status).toBe(405);
    },
    TIMEOUT_MS,
  );

  test(
    "sends events with sendBeacon",
    async () => {
      await using open = await openShop();
      const eventId = Bun.randomUUIDv7();
      await open.page.evaluate(
        ([url, text]) => {
          const body = new Blob([text], { type: "application/json" });
          Reflect.get(navigator, "sendBeacon").call(navigator, url, body);
        },
        [`${file.engine.url}/event`, JSON.stringify(sampleBody({ event_id: eventId }))] as const,
      );
      await eventually(async () => {
        const rows = await file.servers.sql`SELECT FROM events WHERE event_id = ${eventId}`;
        expect(rows).toHaveLength(1);
      });
      accepted.add(eventId);
    },
    TIMEOUT_MS,
  );

  test.each(["/stats?site_id=a", "/metrics", "/health", "/health/live", "/swagger/json", "/"])(
    "cannot read %s",
    async (path) => {
      await using open = await openShop();
      expect(await read(open.page.mainFrame(), `${file.engine.url}${path}`)).toBeUndefined();
    },
    TIMEOUT_MS,
  );

  test(
    "in a sandboxed frame sends events without credentials only",
    async () => {
      await using open = await openShop();
      const frame = open.page.frames().at(1);
      if (frame === undefined) throw new Error("Expected a frame");
      const url = `${file.engine.url}/event`;
      const event = sampleBody({ event_id: undefined });
      expect(await read(frame, url, sent(event))).toBeUndefined();
      accept(await read(frame, url, sent(event, "omit")));
    },
    TIMEOUT_MS,
  );

  test.each(["/", "/swagger", "/stats?site_id=a"])(
    "cannot frame %s",
    async (path) => {
      await using open = await openShop(`${file.engine.url}${path}`);
      await eventually(() => expect(open.problems.join()).toContain("frame-ancestors 'none'"));
    },
    TIMEOUT_MS,
  );
});

test(
  "the events of other sites' pages are stored",
  async () => await checkAllStored(file.servers, { accepted, sent: accepted }),
  TIMEOUT_MS,
);

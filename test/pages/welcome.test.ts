import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Browser } from "playwright-core";
import { sendEvent } from "../support/api-client.ts";
import { BROWSER_START_MS_MAX, openBrowser } from "../support/chromium.ts";
import { checkAllStored, useEngine } from "../support/engine-servers.ts";
import { eventually } from "../support/eventually.ts";
import { sendRaw } from "../support/raw-http.ts";

const TIMEOUT_MS = 120_000;
const file = useEngine({ INGEST_WORKERS: "1", CONSUMER_WORKERS: "1" });
const accepted = new Set<string>();

async function home(headers: Readonly<Record<string, string>>): Promise<string> {
  return await (await fetch(file.engine.url, { headers })).text();
}

describe("the page of an engine without events", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await openBrowser();
  }, BROWSER_START_MS_MAX);
  afterAll(async () => await browser?.close(), TIMEOUT_MS);

  test.each([320, 1_280])(
    "loads its own files only and fits %d pixels",
    async (width) => {
      const page = await browser.newPage({ viewport: { width, height: 800 } });
      const asked: string[] = [];
      const problems: string[] = [];
      page.on("request", (request) => asked.push(new URL(request.url()).origin));
      // A violation of the Content-Security-Policy is an error.
      page.on("console", (message) => problems.push(message.text()));
      page.on("pageerror", (error) => problems.push(error.message));
      await page.goto(file.engine.url);
      await page.getByRole("heading", { level: 1 }).waitFor();
      const overflow = page.locator("html").evaluate((html) => html.scrollWidth - html.clientWidth);
      expect(await overflow).toBe(0);
      expect(new Set(asked)).toEqual(new Set([new URL(file.engine.url).origin]));
      expect(problems).toEqual([]);
      await page.close();
    },
    TIMEOUT_MS,
  );

  test(
    "shows commands that work, and links that a keyboard reaches",
    async () => {
      const page = await browser.newPage();
      await page.goto(file.engine.url);
      await page.getByRole("heading", { level: 1 }).waitFor();
      const [send = "", , read = ""] = await page.locator("pre").allInnerTexts();
      expect(send).toStartWith(`curl -X POST ${file.engine.url}/event `);
      const { status, body } = await sendEvent(file.engine, / -d '(.*)'$/s.exec(send)?.[1]);
      expect(status).toBe(202);
      accepted.add(String(body["event_id"]));
      const statsUrl = /^curl '(.*)'$/.exec(read)?.[1] ?? "";
      await eventually(async () => {
        expect(await (await fetch(statsUrl)).json()).toMatchObject({ total_views: 1 });
      });
      const links = page.getByRole("link");
      for (let link = 0; link < (await links.count()); link += 1) {
        await page.keyboard.press("Tab");
        expect(await links.nth(link).evaluate((each) => each.matches(":focus-visible"))).toBe(true);
        const href = await links.nth(link).getAttribute("href");
        expect((await fetch(`${file.engine.url}/${href}`)).status).toBe(200);
      }
      await page.close();
    },
    TIMEOUT_MS,
  );
});

test(
  "without scripts, the page has the commands",
  async () => {
    const browser = await openBrowser();
    const page = await browser.newPage({ javaScriptEnabled: false });
    await page.goto(file.engine.url);
    expect(await page.locator("pre").first().innerText()).toStartWith("curl -X POST");
    expect(await page.locator("#outline").isVisible()).toBe(false);
    await browser.close();
  },
  TIMEOUT_MS,
);

describe("GET / shows the address of the request", () => {
  const shown: [string, Readonly<Record<string, string>>, string][] = [
    ["a name and a port", { Host: "events.example:8080" }, "http://events.example:8080/event"],
    ["an IPv6 address", { Host: "[::1]:3000" }, "http://[::1]:3000/event"],
    [
      "TLS in front",
      { Host: "a.example", "X-Forwarded-Proto": "https" },
      "https://a.example/event",
    ],
    ["another scheme", { Host: "a", "X-Forwarded-Proto": "javascript" }, "http://a/event"],
  ];
  test.each(shown)("%s", async (_, headers, expected) => {
    expect(await home({ Accept: "text/html", ...headers })).toContain(`POST ${expected} `);
  });

  test.each(["a';id;'", "$(id)", "a&b", "a;id", "%27", "a.example:80:80"])(
    "but not %j, which a shell would run or a browser misread",
    async (host) => {
      const { body } = await sendRaw(
        file.engine.port,
        `GET / HTTP/1.1\r\nHost: ${host}\r\nAccept: text/html\r\n\r\n`,
      );
      expect(body).not.toContain(`${host}/event`);
      expect(body).not.toContain(Bun.escapeHTML(`${host}/event`));
    },
  );
});

test("GET / is a 404 in JSON for other clients", async () => {
  for (const accept of ["*/*", "application/json"]) {
    expect(JSON.parse(await home({ Accept: accept }))).toMatchObject({ error: "not_found" });
  }
});

test(
  "the event of the page is stored",
  async () => await checkAllStored(file.servers, { accepted, sent: accepted }),
  TIMEOUT_MS,
);

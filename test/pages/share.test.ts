import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import { runQueueflow } from "../cli/run-queueflow.ts";
import { openAccessKeys } from "../support/access-keys.ts";
import { sendEvent } from "../support/api-client.ts";
import { axeFindings } from "../support/axe-findings.ts";
import { BROWSER_START_MS_MAX, openBrowser } from "../support/chromium.ts";
import {
  DASHBOARD_DATES,
  DASHBOARD_SITE,
  sendDashboardEvents,
} from "../support/dashboard-events.ts";
import { openPage, rowsOf, totalsOn, untilQuiet } from "../support/dashboard-page.ts";
import { untilDrained, useEngine } from "../support/engine-servers.ts";
import { eventually } from "../support/eventually.ts";
import { sampleBody } from "../support/sample-event.ts";
import { testPort } from "../support/test-port.ts";

const TIMEOUT_MS = 120_000;
const PASSWORD = "for the board only";
const file = useEngine({ INGEST_WORKERS: "1", CONSUMER_WORKERS: "1" });
const ownerPort = testPort();
let browser: Browser;

async function queueflow(args: readonly string[], stdin = ""): Promise<string> {
  const env = { ...file.servers.env, API_PORT: String(file.engine.port) };
  const { stdout } = await runQueueflow(args, { env, stdin });
  return stdout.trim();
}

beforeAll(async () => {
  browser = await openBrowser();
  await sendDashboardEvents(file.engine);
  await untilDrained(file.servers);
  await using keys = openAccessKeys(file.servers);
  await keys.addSite(DASHBOARD_SITE, {
    name: "The shop",
    origins: [`http://127.0.0.1:${ownerPort}`],
  });
  await keys.create("admin");
}, BROWSER_START_MS_MAX + TIMEOUT_MS);
afterAll(async () => await browser?.close(), TIMEOUT_MS);

async function newLink(password?: string): Promise<string> {
  const args = ["share", "create", DASHBOARD_SITE];
  return password === undefined
    ? await queueflow(args)
    : await queueflow([...args, "--password-file", "-"], `${password}\n`);
}

async function openAsAdmin(page: Page): Promise<void> {
  await page.goto(await queueflow(["dashboard"]));
  await page.locator(".signed-in").waitFor();
}

const period = `&period=${DASHBOARD_DATES}`;

describe("the page of a public link", () => {
  test(
    "shows the site to a browser that is not signed in, and no more",
    async () => {
      const link = await newLink();
      await using opened = await openPage(browser);
      const { page, problems } = opened;
      const asked = new Set<string>();
      page.on("request", (request) => asked.add(new URL(request.url()).pathname));
      await page.goto(link + period);
      expect((await totalsOn(page))["Visitors"]).toBe("60");
      await page.getByRole("heading", { name: "The shop" }).waitFor();
      await rowsOf(page, "Pages");
      await page.getByText("Goals", { exact: true }).click();
      await page.getByText("No goals yet.").waitFor();
      await page.getByRole("link", { name: "DE" }).first().click();
      await untilQuiet(page);
      await eventually(() =>
        expect(new URL(page.url()).searchParams.get("link")).toBe(
          new URL(link).searchParams.get("link"),
        ),
      );
      await page.reload();
      await untilQuiet(page);
      expect(await page.getByRole("button", { name: /Share|Sign out|^Site/ }).count()).toBe(0);
      expect(await page.getByRole("link", { name: /Sign in|Health|Metrics/ }).count()).toBe(0);
      const others = [...asked].filter((path) => !/^\/(share(\/|$)|dashboard\/)/.test(path));
      expect({ others, problems }).toEqual({ others: [], problems: [] });
    },
    TIMEOUT_MS,
  );

  test(
    "follows who visits now, by one stream",
    async () => {
      const link = await newLink();
      await using opened = await openPage(browser);
      const { page, problems } = opened;
      const streams: string[] = [];
      page.on("request", (request) => {
        if (request.url().includes("/live")) streams.push(new URL(request.url()).pathname);
      });
      await page.goto(link + period);
      const now = page.getByRole("button", { name: / now$/ });
      await now.getByText("0 visitors now").waitFor();
      const event = { event_id: Bun.randomUUIDv7(), timestamp: new Date().toISOString() };
      const body = sampleBody({ site_id: DASHBOARD_SITE, path: "/now", ...event });
      expect((await sendEvent(file.engine, body)).status).toBe(202);
      await now.getByText("1 visitor now").waitFor();
      await now.click();
      await page.locator(".live-numbers").getByText("/now").waitFor();
      expect({ streams, problems }).toEqual({ streams: ["/share/live/stream"], problems: [] });
    },
    TIMEOUT_MS,
  );

  test(
    "says that a link is over",
    async () => {
      await using opened = await openPage(browser);
      await opened.page.goto(`${file.engine.url}/share?link=unknown`);
      await opened.page.getByRole("heading", { name: "no longer valid" }).waitFor();
      expect(await axeFindings(opened.page)).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    "asks for the password, by keyboard alone",
    async () => {
      const link = await newLink(PASSWORD);
      await using opened = await openPage(browser, { viewport: { width: 360, height: 700 } });
      const { page } = opened;
      await page.goto(link + period);
      await page.getByRole("heading", { name: "asks for a password" }).waitFor();
      expect(await axeFindings(page)).toEqual([]);
      await page.keyboard.type("another one");
      await page.keyboard.press("Enter");
      await page.getByText("That is not the password").waitFor();
      await page.getByLabel("Password").fill(PASSWORD);
      await page.keyboard.press("Enter");
      expect((await totalsOn(page))["Visitors"]).toBe("60");
      await eventually(() => expect(page.url()).toBe(link + period));
    },
    TIMEOUT_MS,
  );
});

describe("a frame", () => {
  /** A page on `port` that has the frame. */
  function owner(port: number, link: string) {
    const html = `<!doctype html><title>Owner</title><iframe src="${link}" width="900" height="900"></iframe>`;
    const headers = { "Content-Type": "text/html" };
    return Bun.serve({ port, hostname: "127.0.0.1", fetch: () => new Response(html, { headers }) });
  }
  const embedOf = (link: string) => link.replace("/share?", "/embed?") + period;

  test(
    "in a page of the site shows the numbers without a cookie",
    async () => {
      using page = owner(ownerPort, embedOf(await newLink()));
      await using opened = await openPage(browser);
      await opened.page.goto(page.url.href);
      const frame = opened.page.frameLocator("iframe");
      await frame.locator(".total-value[title]").first().waitFor();
      expect(await frame.locator(".total-value").first().getAttribute("title")).toBe("60");
      expect(await opened.page.context().cookies()).toEqual([]);
      expect(opened.problems).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    "in a page of another origin stays empty",
    async () => {
      using page = owner(testPort(), embedOf(await newLink()));
      await using opened = await openPage(browser);
      const refused = opened.page.waitForEvent("console", (message) =>
        message.text().includes("frame-ancestors"),
      );
      await opened.page.goto(page.url.href);
      await refused;
      expect(await opened.page.frameLocator("iframe").locator(".total").count()).toBe(0);
    },
    TIMEOUT_MS,
  );

  test(
    "of a link with a password says that it cannot be embedded",
    async () => {
      using page = owner(ownerPort, embedOf(await newLink(PASSWORD)));
      await using opened = await openPage(browser);
      await opened.page.goto(page.url.href);
      await opened.page
        .frameLocator("iframe")
        .getByRole("heading", { name: "cannot be embedded" })
        .waitFor();
      expect(opened.problems).toEqual([]);
    },
    TIMEOUT_MS,
  );
});

describe("an administrator", () => {
  const makeLink = async (page: Page, site: string) => {
    await openAsAdmin(page);
    await page.goto(`${file.engine.url}/?site=${site}${period}`);
    await untilQuiet(page);
    await page.getByRole("button", { name: "Share" }).click();
    await page.getByRole("button", { name: "Create a link" }).click();
    await page.getByLabel("The link, shown only now", { exact: true }).waitFor();
  };

  test(
    "is told whose pages can embed a link, and that none can",
    async () => {
      const other = "unframed.example";
      const body = sampleBody({ site_id: other, timestamp: "2026-01-15T09:30:00Z" });
      expect((await sendEvent(file.engine, body)).status).toBe(202);
      await untilDrained(file.servers);
      await using opened = await openPage(browser);
      const { page } = opened;
      await makeLink(page, DASHBOARD_SITE);
      await page.getByText(`these origins only: http://127.0.0.1:${ownerPort}`).waitFor();
      await makeLink(page, other);
      await page.getByText("the site has no origins").waitFor();
      await page.getByText(`queueflow sites set ${other} --origins https://${other}`).waitFor();
      expect(await page.getByLabel("For a frame in the site's own pages").count()).toBe(0);
    },
    TIMEOUT_MS,
  );

  test.each(["light", "dark"] as const)(
    "creates a link and revokes it, in %s colours",
    async (colorScheme) => {
      await using opened = await openPage(browser, {
        colorScheme,
        viewport: { width: 360, height: 800 },
        reducedMotion: "reduce",
      });
      const { page, problems } = opened;
      await openAsAdmin(page);
      await page.goto(`${file.engine.url}/?site=${DASHBOARD_SITE}${period}`);
      await untilQuiet(page);
      const label = `<b>"friends" ${colorScheme}`;
      await page.getByRole("button", { name: "Share" }).click();
      await page.getByLabel("Who is it for?").fill(label);
      await page.keyboard.press("Enter");
      const link = await page.getByLabel("The link, shown only now", { exact: true }).inputValue();
      await page.locator("bdi", { hasText: label }).waitFor();
      expect(await axeFindings(page)).toEqual([]);
      expect(
        await page.evaluate("document.documentElement.scrollWidth - innerWidth"),
      ).toBeLessThanOrEqual(0);
      await using visitor = await openPage(browser);
      await visitor.page.goto(link + period);
      await untilQuiet(visitor.page);
      await page.getByRole("button", { name: `Revoke ${label}` }).click();
      await page.locator("bdi", { hasText: label }).waitFor({ state: "detached" });
      expect(problems).toEqual([]);
      await eventually(async () => {
        await visitor.page.reload();
        await visitor.page.locator("h1").first().waitFor();
        expect(await visitor.page.locator("h1").textContent()).toContain("no longer valid");
      });
    },
    TIMEOUT_MS,
  );
});

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import { sendEvent } from "../support/api-client.ts";
import { BROWSER_START_MS_MAX, openBrowser } from "../support/chromium.ts";
import { openPage, totalsOn, untilQuiet } from "../support/dashboard-page.ts";
import { untilDrained, useEngine } from "../support/engine-servers.ts";
import { eventually } from "../support/eventually.ts";
import { untilDayIsLong } from "../support/one-day.ts";
import { sampleBody } from "../support/sample-event.ts";
import { suspend } from "../support/server-processes.ts";

const TIMEOUT_MS = 120_000;
const SITE = "busy.example";
const QUIET_SITE = "quiet.example";
const LATE_SITE = "late.example";
/** Between two questions of the page. */
const REFRESH_MS = 30_000;
/** The page's limit for the silence of a stream. */
const SILENT_MS = 20_000;
const file = useEngine({ INGEST_WORKERS: "1", CONSUMER_WORKERS: "1" });
let browser: Browser;

beforeAll(async () => {
  browser = await openBrowser();
  await untilDayIsLong();
  for (const user of ["a", "b"]) await visit(SITE, user, "/");
  await visit(QUIET_SITE, "c", "/quiet", "2026-01-15T09:30:00Z");
  await visit(LATE_SITE, "c", "/", "2026-01-15T09:30:00Z");
  await untilDrained(file.servers);
}, BROWSER_START_MS_MAX + TIMEOUT_MS);
afterAll(async () => await browser?.close(), TIMEOUT_MS);

async function visit(
  site: string,
  user: string,
  path: string,
  timestamp = new Date().toISOString(),
): Promise<void> {
  const event_id = Bun.randomUUIDv7();
  const event = sampleBody({ site_id: site, user_id: user, path, timestamp, event_id });
  expect((await sendEvent(file.engine, event)).status).toBe(202);
}

const urlOf = (site: string) => `${file.engine.url}/?site=${site}&period=day`;
const nowOn = (page: Page) => page.getByRole("button", { name: / now$/ });

/** Holds requests about a site until the returned function is called. */
async function hold(page: Page, site: string): Promise<() => Promise<void>> {
  const held = Promise.withResolvers<void>();
  await page.route(/\/(query|live\/stream)/, async (route) => {
    const request = route.request();
    const isHeld = `${request.url()} ${request.postData() ?? ""}`.includes(site);
    if (isHeld) await held.promise;
    await route.continue();
  });
  return async () => {
    held.resolve();
    await page.unrouteAll({ behavior: "wait" });
  };
}

describe("who visits now", () => {
  test(
    "is followed live, with its minutes and pages",
    async () => {
      await using opened = await openPage(browser);
      const { page, problems } = opened;
      // Nothing but events may renew the numbers.
      await page.addInitScript("window.setInterval = () => 0");
      await page.goto(urlOf(SITE));
      await nowOn(page).getByText("2 visitors now").waitFor();
      expect((await totalsOn(page))["Visitors"]).toBe("2");

      await visit(SITE, "d", "/new");
      await nowOn(page).getByText("3 visitors now").waitFor();
      await eventually(async () => expect((await totalsOn(page))["Visitors"]).toBe("3"));

      await nowOn(page).click();
      const pages = page.locator(".live-numbers .choice");
      const rows = await file.servers.sql<{ path: string; visitors: string }[]>`
        SELECT path, count(DISTINCT user_id)::text AS visitors FROM events
        WHERE site_id = ${SITE} GROUP BY path ORDER BY 2 DESC, 1`;
      expect(await pages.allInnerTexts()).toEqual(
        rows.map(({ path, visitors }) => `${path}\n${visitors}`),
      );
      const minutes = await page.locator(".minutes li").allInnerTexts();
      expect(minutes).toHaveLength(30);
      const views = minutes.map((text) => Number(/(\d+) page views?$/.exec(text)?.[1]));
      expect(views.reduce((sum, each) => sum + each, 0)).toBe(3);
      await pages.first().click();
      await eventually(() => expect(page.url()).toContain("f=is%2Cevent%3Apage%2C%2F"));
      expect(problems).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    "is asked for again after a refusal",
    async () => {
      await using opened = await openPage(browser);
      const { page } = opened;
      let refusals = 0;
      await page.clock.install();
      await page.route(/live\/stream/, async (route) => {
        refusals += 1;
        if (refusals > 1) return await route.continue();
        return await route.fulfill({ status: 503, body: "" });
      });
      await page.goto(urlOf(SITE));
      await eventually(() => expect(refusals).toBe(1));
      await eventually(async () => {
        await page.clock.runFor(10_000);
        expect(refusals).toBeGreaterThan(1);
      });
      await nowOn(page)
        .getByText(/visitors now/)
        .waitFor();
    },
    TIMEOUT_MS,
  );
});

test(
  "numbers of a period that is over are renewed",
  async () => {
    await using opened = await openPage(browser);
    const { page } = opened;
    await page.clock.install();
    await page.goto(`${file.engine.url}/?site=${LATE_SITE}&period=2026-01-15..2026-01-15`);
    expect((await totalsOn(page))["Visitors"]).toBe("1");
    await visit(LATE_SITE, "e", "/late", "2026-01-15T10:00:00Z");
    await untilDrained(file.servers);
    await page.clock.runFor(REFRESH_MS);
    await eventually(async () => expect((await totalsOn(page))["Visitors"]).toBe("2"));
  },
  TIMEOUT_MS,
);

test(
  "an engine that hangs is noticed on an idle page",
  async () => {
    await using opened = await openPage(browser);
    const { page } = opened;
    await page.clock.install();
    // Nothing is asked at times: the stream alone tells.
    await page.addInitScript("window.setInterval = () => 0");
    await page.goto(urlOf(SITE));
    await nowOn(page)
      .getByText(/visitors now/)
      .waitFor();
    await untilQuiet(page);
    let questions = 0;
    page.on("request", (request) => {
      if (request.url().endsWith("/query")) questions += 1;
    });
    await suspend(file.engine.pid);
    const lost = page.getByRole("alert").getByText("The engine does not answer");
    try {
      await eventually(async () => {
        await page.clock.runFor(SILENT_MS);
        expect(await lost.count()).toBe(1);
      });
      expect(questions).toBe(0);
    } finally {
      file.engine.signal("SIGCONT");
    }
    await lost.waitFor({ state: "detached" });
    await nowOn(page)
      .getByText(/visitors now/)
      .waitFor();
  },
  TIMEOUT_MS,
);

test(
  "numbers of a site never stand beside the name of another",
  async () => {
    await using opened = await openPage(browser);
    const { page } = opened;
    await page.goto(urlOf(SITE));
    await nowOn(page)
      .getByText(/visitors now/)
      .waitFor();
    await untilQuiet(page);
    const release = await hold(page, QUIET_SITE);
    await page.getByRole("button", { name: /^Site:/ }).click();
    await page.getByRole("link", { name: QUIET_SITE }).click();
    await page.getByRole("heading", { level: 1, name: QUIET_SITE }).waitFor();
    expect(await nowOn(page).count()).toBe(0);
    expect(await page.locator(".total-value:not(.blank-text)").count()).toBe(0);
    expect(await page.locator("tbody tr").count()).toBe(0);
    expect(await page.locator(".plot canvas").count()).toBe(0);
    await release();
    await nowOn(page).getByText("0 visitors now").waitFor();
    expect((await totalsOn(page))["Visitors"]).toBe("0");
  },
  TIMEOUT_MS,
);

test(
  "the title names the site and the period",
  async () => {
    await using opened = await openPage(browser);
    const { page } = opened;
    await page.goto(urlOf(SITE));
    await untilQuiet(page);
    expect(await page.title()).toBe(`${SITE} · Today · QueueFlow`);
    await page.keyboard.press("w");
    await eventually(async () =>
      expect(await page.title()).toBe(`${SITE} · Last 7 days · QueueFlow`),
    );
  },
  TIMEOUT_MS,
);

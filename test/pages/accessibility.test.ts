import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Browser } from "playwright-core";
import { axeFindings } from "../support/axe-findings.ts";
import { BROWSER_START_MS_MAX, openBrowser } from "../support/chromium.ts";
import {
  DASHBOARD_DATES,
  DASHBOARD_SITE,
  sendDashboardEvents,
} from "../support/dashboard-events.ts";
import { openPage, untilQuiet } from "../support/dashboard-page.ts";
import { untilDrained, useEngine } from "../support/engine-servers.ts";

const TIMEOUT_MS = 120_000;
const file = useEngine({ INGEST_WORKERS: "1", CONSUMER_WORKERS: "1" });
let browser: Browser;

beforeAll(async () => {
  browser = await openBrowser();
}, BROWSER_START_MS_MAX);
afterAll(async () => await browser?.close(), TIMEOUT_MS);

test(
  "axe finds nothing on the page before the first event",
  async () => {
    await using opened = await openPage(browser);
    await opened.page.goto(file.engine.url);
    await opened.page.getByRole("heading", { level: 1 }).waitFor();
    expect(await axeFindings(opened.page)).toEqual([]);
  },
  TIMEOUT_MS,
);

test.each(["light", "dark"] as const)(
  "axe finds nothing on the page that signs in, in %s colours",
  async (colorScheme) => {
    await using opened = await openPage(browser, { colorScheme });
    await opened.page.goto(`${file.engine.url}/#sign-in`);
    await opened.page.getByRole("heading", { name: "Sign in" }).waitFor();
    expect(await axeFindings(opened.page)).toEqual([]);
  },
  TIMEOUT_MS,
);

describe("axe finds nothing", () => {
  beforeAll(async () => {
    await sendDashboardEvents(file.engine);
    await untilDrained(file.servers);
  }, TIMEOUT_MS);
  const url = () => `${file.engine.url}/?site=${DASHBOARD_SITE}&period=${DASHBOARD_DATES}`;

  test.each([
    ["light", 1_280],
    ["dark", 1_280],
    ["light", 360],
    ["dark", 360],
  ] as const)(
    "on a site in %s colours, %d pixels wide",
    async (colorScheme, width) => {
      await using opened = await openPage(browser, {
        colorScheme,
        viewport: { width, height: 800 },
        reducedMotion: "reduce",
      });
      const { page } = opened;
      await page.goto(`${url()}&f=is,visit:country,DE,FR`);
      await untilQuiet(page);
      expect(await axeFindings(page)).toEqual([]);
      expect(
        await page.evaluate("document.documentElement.scrollWidth - innerWidth"),
      ).toBeLessThanOrEqual(0);
    },
    TIMEOUT_MS,
  );

  test.each([
    ["the dates", "Date range"],
    ["the filters", "Filter"],
    ["the sites", "Site"],
    ["who visits now", "0 visitors"],
  ])(
    "in the menu of %s",
    async (_, name) => {
      await using opened = await openPage(browser);
      const { page } = opened;
      await page.goto(url());
      await untilQuiet(page);
      await page.getByRole("button", { name: new RegExp(`^${name}`) }).click();
      expect(await axeFindings(page)).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    "in the menu of a filter in force",
    async () => {
      await using opened = await openPage(browser);
      const { page } = opened;
      await page.goto(`${url()}&f=is,visit:country,DE`);
      await untilQuiet(page);
      await page.getByRole("button", { name: /^Change the filter/ }).click();
      await page.locator(".suggestions li").first().waitFor();
      expect(await axeFindings(page)).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    "in a list that is open as a whole",
    async () => {
      await using opened = await openPage(browser);
      const { page } = opened;
      await page.goto(`${url()}&details=event:page`);
      await page.getByRole("dialog").locator("tbody tr").first().waitFor();
      await untilQuiet(page);
      expect(await axeFindings(page)).toEqual([]);
    },
    TIMEOUT_MS,
  );
});

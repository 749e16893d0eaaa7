import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Browser } from "playwright-core";
import { BROWSER_START_MS_MAX, openBrowser } from "../support/chromium.ts";
import {
  DASHBOARD_DATES,
  DASHBOARD_SITE,
  sendDashboardEvents,
} from "../support/dashboard-events.ts";
import { openPage, untilQuiet } from "../support/dashboard-page.ts";
import { untilDrained, useEngine } from "../support/engine-servers.ts";
import { eventually } from "../support/eventually.ts";

const TIMEOUT_MS = 120_000;
/** At 1.6 Mbit/s, slow 4G as Lighthouse has it, they take 0.1 s beside three round trips of 150 ms. */
const BYTES_BEFORE_PAINT_MAX = 20_000;
/** All that stands before the first numbers: 0.45 s. */
const BYTES_BEFORE_NUMBERS_MAX = 90_000;
const file = useEngine({ INGEST_WORKERS: "1", CONSUMER_WORKERS: "1" });
let browser: Browser;

beforeAll(async () => {
  browser = await openBrowser();
  await sendDashboardEvents(file.engine);
  await untilDrained(file.servers);
}, BROWSER_START_MS_MAX);
afterAll(async () => await browser?.close(), TIMEOUT_MS);

test(
  "paints before its script arrives, after 20 kB",
  async () => {
    await using opened = await openPage(browser, { viewport: { width: 360, height: 740 } });
    const { page, problems } = opened;
    const arriving = Promise.withResolvers<void>();
    await page.route("**/dashboard/*.js", async (route) => {
      await arriving.promise;
      await route.continue();
    });
    const requests: string[] = [];
    page.on("request", (request) => requests.push(request.url().replace(/^.*\./, "")));
    const url = `${file.engine.url}/?site=${DASHBOARD_SITE}&period=${DASHBOARD_DATES}`;
    await page.goto(url, { waitUntil: "commit" });
    await eventually(async () => {
      const paints = await page.evaluate(
        "performance.getEntriesByType('paint').map(({ name }) => name)",
      );
      expect(paints).toContain("first-contentful-paint");
    });
    const transferred = async () =>
      Number(
        await page.evaluate(`["navigation", "resource"]
          .flatMap((type) => performance.getEntriesByType(type))
          .reduce((sum, { transferSize }) => sum + transferSize, 0)`),
      );
    expect(requests.length).toBe(3);
    expect(await transferred()).toBeLessThan(BYTES_BEFORE_PAINT_MAX);

    arriving.resolve();
    await untilQuiet(page);
    expect(await transferred()).toBeLessThan(BYTES_BEFORE_NUMBERS_MAX);
    expect(await page.locator("#outline").isVisible()).toBe(false);
    expect(problems).toEqual([]);
  },
  TIMEOUT_MS,
);

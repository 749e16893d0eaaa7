import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Browser } from "playwright-core";
import { ask } from "../support/api-client.ts";
import { BROWSER_START_MS_MAX, openBrowser } from "../support/chromium.ts";
import { openPage, untilQuiet } from "../support/dashboard-page.ts";
import { untilDrained, useEngine } from "../support/engine-servers.ts";
import { eventually } from "../support/eventually.ts";

const TIMEOUT_MS = 180_000;
const SITE = "many.example";
const PAGES = 10_000;
const BATCH = 5_000;
/** Of a page with one list open; ten thousand rows would be 90,000. */
const ELEMENTS_MAX = 3_500;
const file = useEngine({ INGEST_WORKERS: "1", CONSUMER_WORKERS: "1" });
let browser: Browser;

beforeAll(async () => {
  browser = await openBrowser();
  for (let from = 0; from < PAGES; from += BATCH) {
    const events = Array.from({ length: BATCH }, (_, at) => ({
      site_id: SITE,
      event_type: "page_view",
      path: `/product/${String(from + at).padStart(5, "0")}`,
      user_id: `user-${at % 50}`,
      timestamp: new Date(Date.parse("2026-01-10T00:00:00Z") + (from + at) * 5_000),
    }));
    const { status } = await ask(file.engine, "/events", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(events),
    });
    expect(status).toBe(202);
  }
  await untilDrained(file.servers);
}, BROWSER_START_MS_MAX);
afterAll(async () => await browser?.close(), TIMEOUT_MS);

test(
  "a list of ten thousand pages is searched and turned in part",
  async () => {
    await using opened = await openPage(browser);
    const { page, problems } = opened;
    await page.goto(`${file.engine.url}/?site=${SITE}&period=2026-01-10..2026-01-10`);
    await untilQuiet(page);
    await page.getByRole("link", { name: "Details (10,000)" }).first().click();
    const dialog = page.getByRole("dialog");
    const rows = dialog.locator("tbody tr");
    await dialog.getByText("1–100 of 10,000").waitFor();
    expect(await rows.count()).toBe(100);
    expect(await page.locator("*").count()).toBeLessThan(ELEMENTS_MAX);

    await dialog.getByRole("button", { name: "Next" }).click();
    await dialog.getByText("101–200 of 10,000").waitFor();
    await eventually(async () => {
      expect(await rows.first().locator(".value").getAttribute("title")).toBe("/product/00100");
    });
    expect(await rows.count()).toBe(100);

    await dialog.getByRole("searchbox").fill("0999");
    await eventually(async () => expect(await rows.count()).toBe(11));
    expect(problems).toEqual([]);
  },
  TIMEOUT_MS,
);

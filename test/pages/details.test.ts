import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import { ask } from "../support/api-client.ts";
import { BROWSER_START_MS_MAX, openBrowser } from "../support/chromium.ts";
import { openPage, untilQuiet } from "../support/dashboard-page.ts";
import { untilDrained, useEngine } from "../support/engine-servers.ts";
import { eventually } from "../support/eventually.ts";

const TIMEOUT_MS = 120_000;
const SITE = "weekly.example";
const MONDAY = "2026-01-12";
/** Visitors of each page by day: the Monday, the Sunday before it, and the Monday before that. */
const VISITORS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  [MONDAY]: { "/": 30, "/pricing": 10, "/new": 4 },
  "2026-01-11": { "/": 20, "/pricing": 20 },
  "2026-01-05": { "/": 60, "/pricing": 5 },
};
/** Stored values of visits that a page shows under names. */
const NAMED_SITE = "named.example";
const NAMED = [
  { country: "US", language: "en-US", device: "desktop", screen: "1920x1080" },
  { country: "DE", language: "de", device: "mobile", referrer: "https://www.google.com/" },
  { country: "AT", language: "de-AT", device: "tablet" },
  {},
];
const file = useEngine({ INGEST_WORKERS: "1", CONSUMER_WORKERS: "1" });
let browser: Browser;

beforeAll(async () => {
  browser = await openBrowser();
  const events = Object.entries(VISITORS).flatMap(([date, pages]) =>
    Object.entries(pages).flatMap(([path, visitors]) =>
      Array.from({ length: visitors }, (_, number) => ({
        site_id: SITE,
        event_type: "page_view",
        path,
        user_id: `user-${number}`,
        timestamp: `${date}T10:00:00Z`,
      })),
    ),
  );
  const named = NAMED.map((fields, number) => ({
    ...fields,
    site_id: NAMED_SITE,
    event_type: "page_view",
    path: "/",
    user_id: `user-${number}`,
    timestamp: `${MONDAY}T10:00:00Z`,
  }));
  const { status } = await ask(file.engine, "/events", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify([...events, ...named]),
  });
  expect(status).toBe(202);
  await untilDrained(file.servers);
}, BROWSER_START_MS_MAX);
afterAll(async () => await browser?.close(), TIMEOUT_MS);

const urlOf = (more = "") => `${file.engine.url}/?site=${SITE}&period=${MONDAY}..${MONDAY}${more}`;

describe("a whole list", () => {
  test(
    "shows the change of each row, and none of a new one",
    async () => {
      await using opened = await openPage(browser);
      const { page, problems } = opened;
      await page.goto(urlOf("&details=event:page"));
      const rows = page.getByRole("dialog").locator("tbody tr");
      await rows.first().waitFor();
      const shown = async () =>
        await rows.evaluateAll((all) =>
          all.map((row) => row.querySelector(".number")?.textContent?.trim()),
        );
      expect(await shown()).toEqual(["30up50%", "10down50%", "4nothing to compare with"]);
      const titles = await rows
        .locator(".row-change")
        .evaluateAll((all) => all.map((each) => each.getAttribute("title")));
      expect(titles[0]).toBe("Before: 20");

      await page.goto(urlOf("&details=event:page&compare=none"));
      await rows.first().waitFor();
      expect(await shown()).toEqual(["30", "10", "4"]);
      expect(problems).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    "is sorted by a column, and the other way round",
    async () => {
      await using opened = await openPage(browser);
      const { page } = opened;
      await page.goto(urlOf("&details=event:page"));
      const dialog = page.getByRole("dialog");
      const values = dialog.locator("tbody .value");
      await values.first().waitFor();
      const header = dialog.getByRole("columnheader", { name: "Visitors" });
      expect(await header.getAttribute("aria-sort")).toBe("descending");
      await header.getByRole("button").click();
      await eventually(async () => {
        expect(await values.allInnerTexts()).toEqual(["/new", "/pricing", "/"]);
        expect(await header.getAttribute("aria-sort")).toBe("ascending");
      });
    },
    TIMEOUT_MS,
  );

  test.each([
    ["en-GB", "event:page"],
    ["de-DE", "visit:source"],
    ["de-DE", "visit:entry_page"],
  ])(
    "cuts no number on a phone in %s by %s",
    async (locale, dimension) => {
      await using opened = await openPage(browser, {
        locale,
        viewport: { width: 360, height: 740 },
      });
      const { page } = opened;
      await page.goto(urlOf(`&details=${dimension}`));
      const rows = page.getByRole("dialog").locator(".details-rows");
      await rows.locator("tbody tr").first().waitFor();
      const cut = await rows.evaluate((box) => {
        const { left, right } = box.getBoundingClientRect();
        return [...box.querySelectorAll("th, td.number, td.number > *")]
          .filter((cell) => {
            const place = cell.getBoundingClientRect();
            return place.left < left - 1 || place.right > right + 1;
          })
          .map((cell) => cell.textContent);
      });
      expect(cut).toEqual([]);
      expect(await rows.evaluate((box) => box.scrollWidth - box.clientWidth)).toBe(0);
    },
    TIMEOUT_MS,
  );
});

describe("search finds what is shown", () => {
  const open = async (page: Page, more: string) =>
    await page.goto(
      `${file.engine.url}/?site=${NAMED_SITE}&period=${MONDAY}..${MONDAY}&compare=none${more}`,
    );

  test.each([
    ["en-GB", "country", "united stat", ["US"]],
    ["en-GB", "country", "DE", ["DE"]],
    ["en-GB", "country", "(none)", [""]],
    ["en-GB", "language", "american english", ["en-US"]],
    ["en-GB", "screen", "1920 × 1080", ["1920x1080"]],
    ["en-GB", "utm_campaign", "(none)", [""]],
    ["en-GB", "country", "nowhere", []],
    ["de-DE", "country", "österreich", ["AT"]],
    ["de-DE", "language", "Deutsch", ["de", "de-AT"]],
    ["de-DE", "channel", "suche", ["Organic Search"]],
    ["de-DE", "channel", "Direkt", ["Direct"]],
    ["de-DE", "device", "Telefon", ["mobile"]],
    ["de-DE", "country", "(ohne)", [""]],
  ])(
    "in %s among values of %s: %s",
    async (locale, field, written, stored) => {
      await using opened = await openPage(browser, { locale });
      const { page, problems } = opened;
      await open(page, `&details=visit:${field}`);
      const dialog = page.getByRole("dialog");
      const values = dialog.locator("tbody .value");
      await values.first().waitFor();
      await dialog.getByRole("searchbox").fill(written);
      await eventually(async () => {
        expect(await dialog.locator(".old").count()).toBe(0);
        const found = await values.evaluateAll((all) => all.map((each) => each.title));
        expect(found.toSorted((a, b) => (a < b ? -1 : 1))).toEqual(stored);
      });
      expect(problems).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    "among the suggestions of a filter",
    async () => {
      await using opened = await openPage(browser, { locale: "de-DE" });
      const { page } = opened;
      await open(page, "&f=is,visit:country,DE");
      await untilQuiet(page);
      await page.locator(".chip summary, .chip button").first().click();
      const form = page.locator(".filter-form");
      await form.locator("input.field").fill("Vereinigte");
      await eventually(async () =>
        expect(await form.locator(".suggestions bdi").allInnerTexts()).toEqual([
          "Deutschland",
          "Vereinigte Staaten",
        ]),
      );
    },
    TIMEOUT_MS,
  );
});

test(
  "sums of days are marked wherever they are shown",
  async () => {
    await using opened = await openPage(browser);
    const { page, problems } = opened;
    await page.route("**/query", async (route) => {
      const response = await route.fetch();
      const report = await response.json();
      report.meta.accuracy.visitors = "daily_sum";
      await route.fulfill({ response, json: report });
    });
    await page.goto(urlOf("&details=event:page"));
    const dialog = page.getByRole("dialog");
    await dialog.locator("tbody tr").first().waitFor();
    expect(await dialog.locator("th .approximate").count()).toBe(1);
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    await untilQuiet(page);
    const marksIn = async (place: string) => await page.locator(`${place} .approximate`).count();
    expect(await marksIn(".totals")).toBe(1);
    expect(await marksIn(".list-card th")).toBe(await page.locator(".list-card table").count());

    await page.locator(".chart").press("ArrowRight");
    await eventually(async () => expect(await marksIn(".tip")).toBe(1));
    await page.getByRole("button", { name: "Table", exact: true }).click();
    await page.locator(".chart-table").waitFor();
    // Of the range and of the one that it is compared with.
    expect(await marksIn(".chart-table th")).toBe(2);
    expect(problems).toEqual([]);
  },
  TIMEOUT_MS,
);

test(
  "a day is compared with the same weekday before it",
  async () => {
    await using opened = await openPage(browser);
    const { page, problems } = opened;
    await page.goto(urlOf());
    await untilQuiet(page);
    const change = page.locator(".total-change").first();
    expect(await change.getAttribute("title")).toBe("Before: 20");
    await page.getByRole("button", { name: /^Date range/ }).click();
    await page.getByRole("link", { name: "Same weekdays before" }).click();
    await eventually(async () => expect(await change.getAttribute("title")).toBe("Before: 60"));
    await page.reload();
    await untilQuiet(page);
    expect(await change.getAttribute("title")).toBe("Before: 60");
    expect(problems).toEqual([]);
  },
  TIMEOUT_MS,
);

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import { axeFindings } from "../support/axe-findings.ts";
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
/** Of the engine's answers that the page tells apart. */
const FAILURES = {
  too_much: { status: 422, error: "query_too_large", retryable: false },
  busy: { status: 503, error: "reports_overloaded", retryable: true },
  refused: { status: 422, error: "invalid_field", retryable: false },
} as const;
const BEHIND = { pending: 1_234, lag_ms: 65_000 };
const UNCOUNTED = { pending: undefined, lag_ms: undefined };
const SUMMED = { accuracy: { visitors: "daily_sum" } };
const file = useEngine({ INGEST_WORKERS: "1", CONSUMER_WORKERS: "1" });
let browser: Browser;

beforeAll(async () => {
  browser = await openBrowser();
  await sendDashboardEvents(file.engine);
  await untilDrained(file.servers);
}, BROWSER_START_MS_MAX);
afterAll(async () => await browser?.close(), TIMEOUT_MS);

const urlOf = (more = "") =>
  `${file.engine.url}/?site=${DASHBOARD_SITE}&period=${DASHBOARD_DATES}${more}`;

/** Has questions fail whose body has the text, until the returned function is called. */
async function failing(
  page: Page,
  name: keyof typeof FAILURES,
  text: string,
): Promise<() => Promise<void>> {
  const { status, ...body } = FAILURES[name];
  await page.route("**/query", async (route) => {
    if (route.request().postData()?.includes(text) !== true) return await route.continue();
    await route.fulfill({ status, json: { ...body, message: `Expected ${name} to be told` } });
  });
  return async () => await page.unroute("**/query");
}

/** Changes what the engine says of its numbers, and leaves them as they are. */
async function knowing(page: Page, meta: Readonly<Record<string, unknown>>): Promise<void> {
  await page.route("**/query", async (route) => {
    const response = await route.fetch();
    const report = await response.json();
    await route.fulfill({ response, json: { ...report, meta: { ...report.meta, ...meta } } });
  });
}

describe("numbers that are too much to count", () => {
  test(
    "are replaced by a shorter range that is a click away",
    async () => {
      await using opened = await openPage(browser, { reducedMotion: "reduce" });
      const { page } = opened;
      await failing(page, "too_much", "2026-01-10");
      await page.goto(urlOf());
      const totals = page.getByRole("region", { name: "Overview" });
      await totals.getByText("That is too much to count at once").first().waitFor();
      // Without filters there are none to take away.
      expect(await page.getByRole("link", { name: "Take all filters away" }).count()).toBe(0);
      expect(await axeFindings(page)).toEqual([]);
      await totals.getByRole("link", { name: "Show the last 28 days" }).first().click();
      await untilQuiet(page);
      expect(new URL(page.url()).searchParams.get("period")).toBe("28d");
      expect(await page.getByText("too much to count").count()).toBe(0);
    },
    TIMEOUT_MS,
  );

  test(
    "are counted once the filters are taken away",
    async () => {
      await using opened = await openPage(browser);
      const { page } = opened;
      await failing(page, "too_much", '"DE"');
      await page.goto(urlOf("&f=is,visit:country,DE"));
      await page.getByRole("link", { name: "Take all filters away" }).first().click();
      await untilQuiet(page);
      expect(page.url()).toBe(urlOf());
      expect(await page.getByText("too much to count").count()).toBe(0);
    },
    TIMEOUT_MS,
  );

  test(
    "leave the other cards as they are",
    async () => {
      await using opened = await openPage(browser);
      const { page } = opened;
      await failing(page, "too_much", "visit:country");
      await page.goto(urlOf());
      const places = page.getByRole("region", { name: "Places", exact: true });
      await places.getByText("That is too much to count at once").waitFor();
      await untilQuiet(page);
      expect(await page.getByText("too much to count").count()).toBe(1);
      expect(await page.locator(".values").count()).toBe(4);
    },
    TIMEOUT_MS,
  );
});

test(
  "a busy engine is asked again, and its numbers appear",
  async () => {
    await using opened = await openPage(browser);
    const { page } = opened;
    const recover = await failing(page, "busy", "visit:country");
    await page.goto(urlOf());
    const places = page.getByRole("region", { name: "Places", exact: true });
    await places.getByText("The engine is busy").waitFor();
    await recover();
    await places.locator(".value[title=DE]").waitFor();
    expect(await page.getByText("The engine is busy").count()).toBe(0);
  },
  TIMEOUT_MS,
);

test(
  "a refused question is told in the engine's words",
  async () => {
    await using opened = await openPage(browser);
    const { page } = opened;
    await failing(page, "refused", "visit:browser");
    await page.goto(urlOf());
    const devices = page.getByRole("region", { name: "Devices", exact: true });
    await devices.getByText("Expected refused to be told").waitFor();
  },
  TIMEOUT_MS,
);

test(
  "a link to a segment that is gone leads to all numbers",
  async () => {
    await using opened = await openPage(browser);
    const { page } = opened;
    await page.goto(urlOf("&f=is,segment,Gone"));
    await page.getByText("it has no segments").first().waitFor();
    await page.getByRole("link", { name: "Take all filters away" }).first().click();
    await untilQuiet(page);
    expect(page.url()).toBe(urlOf());
  },
  TIMEOUT_MS,
);

describe("what is known of the numbers", () => {
  const days = ["10", "11", "12", "13", "14", "15"].map((day) => `2026-01-${day}`);
  test.each([
    [
      "how many events are pending, and for how long",
      BEHIND,
      "1,234 accepted and not yet stored, 1m 5s behind",
    ],
    ["that pending events are unknown", UNCOUNTED, "how many events are pending is unknown"],
    ["which days are not whole", { incomplete_days: days }, "14 Jan 2026 and 1 more"],
    ["that visitors are a sum of days", SUMMED, "this is the sum of the days"],
  ])(
    "stands beside them: %s",
    async (_, meta, text) => {
      await using opened = await openPage(browser, { reducedMotion: "reduce" });
      const { page, problems } = opened;
      await knowing(page, meta);
      await page.goto(urlOf());
      await untilQuiet(page);
      await page.locator(".fresh-all").getByText(text).waitFor();
      // Only visitors of several days are a sum, and only events that wait for long are late.
      const marks = page.locator(".totals .approximate");
      expect(await marks.count()).toBe(meta === SUMMED ? 1 : 0);
      expect(await page.locator(".dot.late").count()).toBe(meta === BEHIND ? 1 : 0);
      expect(await axeFindings(page)).toEqual([]);
      expect(problems).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    "marks the end of a chart that may still change",
    async () => {
      await using opened = await openPage(browser);
      const { page } = opened;
      await knowing(page, { provisional_after: "2026-01-11T12:00:00Z" });
      await page.goto(urlOf());
      await untilQuiet(page);
      const chart = page.getByRole("group", { name: /^Visitors over time, by day/ });
      const tip = page.locator(".tip-note", { hasText: "may still change" });
      await chart.focus();
      await page.keyboard.press("ArrowRight");
      await page.getByText("Sat, 10 Jan 2026").waitFor();
      expect(await tip.count()).toBe(0);
      await page.keyboard.press("ArrowRight");
      await page.getByText("Sun, 11 Jan 2026").waitFor();
      expect(await tip.count()).toBe(1);
      await page.getByRole("button", { name: "Table" }).click();
      const rows = page.locator(".chart-table tbody th");
      await rows.first().waitFor();
      expect((await rows.allInnerTexts()).map((row) => row.includes("may still change"))).toEqual([
        true,
        true,
        false,
      ]);
    },
    TIMEOUT_MS,
  );
});

describe("a range without events", () => {
  test(
    "says so in each card, and shows zeros",
    async () => {
      await using opened = await openPage(browser, { reducedMotion: "reduce" });
      const { page, problems } = opened;
      await page.goto(`${file.engine.url}/?site=${DASHBOARD_SITE}&period=2025-06-01..2025-06-03`);
      await untilQuiet(page);
      const cards = page.locator(".list-card");
      await eventually(async () => {
        expect(await cards.getByText("Nothing in this range.").count()).toBe(5);
      });
      expect(await page.locator(".total-value").first().innerText()).toBe("0");
      expect(await axeFindings(page)).toEqual([]);
      expect(problems).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    "says so in a whole list and in one that is searched",
    async () => {
      await using opened = await openPage(browser);
      const { page } = opened;
      await page.goto(urlOf("&details=event:page"));
      const dialog = page.getByRole("dialog");
      await dialog.locator("tbody tr").first().waitFor();
      await dialog.getByRole("searchbox").fill("no such page");
      await dialog.getByText("Nothing in this range.").waitFor();
      expect(await dialog.locator("tbody tr").count()).toBe(0);
      await dialog.getByText("0–0 of 0").waitFor();
    },
    TIMEOUT_MS,
  );
});

test(
  "outlines stand where numbers are awaited",
  async () => {
    await using opened = await openPage(browser);
    const { page } = opened;
    const answering = Promise.withResolvers<void>();
    await page.route("**/query", async (route) => {
      await answering.promise;
      await route.continue();
    });
    await page.goto(urlOf());
    await page.locator(".totals[aria-busy=true] .blank-text").first().waitFor();
    expect(await page.locator(".outline-rows").count()).toBe(5);
    const places = async () =>
      await page
        .locator(".list-card")
        .evaluateAll((cards) => cards.map((card) => card.getBoundingClientRect().top));
    const before = await places();
    answering.resolve();
    await untilQuiet(page);
    expect(await page.locator("#app [aria-busy=true]").count()).toBe(0);
    // Nothing moves when they come.
    expect(await places()).toEqual(before);
  },
  TIMEOUT_MS,
);

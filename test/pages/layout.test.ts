import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import { runQueueflow } from "../cli/run-queueflow.ts";
import { BROWSER_START_MS_MAX, openBrowser } from "../support/chromium.ts";
import {
  DASHBOARD_DATES,
  DASHBOARD_SITE,
  sendDashboardEvents,
} from "../support/dashboard-events.ts";
import { openPage, untilQuiet } from "../support/dashboard-page.ts";
import { untilDrained, useEngine } from "../support/engine-servers.ts";

const TIMEOUT_MS = 180_000;
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

async function overflowOf(page: Page): Promise<unknown> {
  return await page.evaluate("document.documentElement.scrollWidth - innerWidth");
}

/** Returns the buttons and tabs whose text does not fit, which no scrolling shows. */
async function cutIn(page: Page): Promise<readonly string[]> {
  return await page
    .locator("button, .total-name, .total-value, .card-head h2")
    .evaluateAll((all) =>
      all
        .filter((each) => each.scrollWidth > each.clientWidth + 1 && each.clientWidth > 1)
        .map((each) => each.textContent ?? ""),
    );
}

describe.each(["en-GB", "de-DE"])("in %s", (locale) => {
  test.each([360, 768, 1_280, 3_840])(
    "everything fits %d pixels",
    async (width) => {
      await using opened = await openPage(browser, { locale, viewport: { width, height: 900 } });
      const { page, problems } = opened;
      await page.goto(urlOf("&f=is,visit:country,DE,FR"));
      await untilQuiet(page);
      expect({ overflow: await overflowOf(page), cut: await cutIn(page) }).toEqual({
        overflow: 0,
        cut: [],
      });
      const menus = page.locator("button[aria-expanded]");
      for (let menu = 0; menu < (await menus.count()); menu += 1) {
        await menus.nth(menu).click();
        expect(await overflowOf(page)).toBe(0);
        await menus.nth(menu).click();
      }
      await page.goto(urlOf("&details=event:page"));
      await page.getByRole("dialog").locator("tbody tr").first().waitFor();
      expect(await overflowOf(page)).toBe(0);
      expect(problems).toEqual([]);
    },
    TIMEOUT_MS,
  );
});

/** Returns the open panels of which a part lies left or right of the window. */
async function outsideIn(page: Page): Promise<readonly unknown[]> {
  return await page.locator(".floating:visible").evaluateAll((panels) =>
    panels
      .map((panel) => ({
        panel: panel.getBoundingClientRect(),
        width: panel.ownerDocument.documentElement.clientWidth,
      }))
      .filter(({ panel: { left, right }, width }) => left < 0 || right > width)
      .map(({ panel: { left, right } }) => ({ left, right })),
  );
}

test.each([320, 360, 480, 600])(
  "an administrator's menus open within %d pixels",
  async (width) => {
    await using opened = await openPage(browser, { viewport: { width, height: 900 } });
    const { page, problems } = opened;
    const env = { ...file.servers.env, API_PORT: String(file.engine.port) };
    const { stdout } = await runQueueflow(["dashboard"], { env });
    const view = urlOf("&f=is,visit:country,DE").slice(file.engine.url.length);
    await page.goto(stdout.trim().replace("/#", `${view}#`));
    await untilQuiet(page);
    const forAdmins = ["Share", "Annotate", "Goals", "Save as a segment"];
    for (const name of forAdmins) await page.getByRole("button", { name }).waitFor();
    const menus = page.locator("button[aria-expanded]");
    for (let menu = 0; menu < (await menus.count()); menu += 1) {
      await menus.nth(menu).click();
      await page.locator(".floating:visible").waitFor();
      const name = await menus.nth(menu).innerText();
      expect([name, await overflowOf(page), await outsideIn(page)]).toEqual([name, 0, []]);
      await menus.nth(menu).click();
    }
    await page.getByRole("button", { name: "Filter", exact: true }).click();
    await page.getByRole("button", { name: "Page", exact: true }).click();
    await page.locator(".suggestions li").first().waitFor();
    expect([await overflowOf(page), await outsideIn(page)]).toEqual([0, []]);
    expect(problems).toEqual([]);
  },
  TIMEOUT_MS,
);

test(
  "German pages have German words, numbers and dates",
  async () => {
    await using opened = await openPage(browser, { locale: "de-DE" });
    const { page } = opened;
    await page.goto(urlOf());
    await untilQuiet(page);
    expect(await page.locator("html").getAttribute("lang")).toBe("de-DE");
    const text = await page.locator("#app").innerText();
    expect(text).toContain("Besucher");
    expect(text).toMatch(/\d,\d/);
    expect(text).toContain("10.–12. Jan. 2026");
    expect(text).not.toMatch(/\b(Visitors|Pages|Sources|Places|Devices|Details|Filter by|now)\b/);
  },
  TIMEOUT_MS,
);

test(
  "nothing moves for who asked for less motion",
  async () => {
    await using opened = await openPage(browser, { reducedMotion: "reduce" });
    const { page } = opened;
    await page.goto(urlOf());
    await untilQuiet(page);
    await page.getByRole("button", { name: "Table" }).click();
    expect(await page.evaluate("document.getAnimations().length")).toBe(0);
    const moving = await page.evaluate(`[...document.querySelectorAll("*")].filter((each) => {
      const { transitionDuration, animationName } = getComputedStyle(each);
      return animationName !== "none" || /[1-9]/.test(transitionDuration);
    }).length`);
    expect(moving).toBe(0);
  },
  TIMEOUT_MS,
);

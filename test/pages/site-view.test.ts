import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Browser } from "playwright-core";
import { ask, sendEvent } from "../support/api-client.ts";
import { BROWSER_START_MS_MAX, openBrowser } from "../support/chromium.ts";
import {
  DASHBOARD_DATES,
  DASHBOARD_SITE,
  HOSTILE_PATHS,
  sendDashboardEvents,
} from "../support/dashboard-events.ts";
import { openPage, rowsOf, totalsOn, untilQuiet } from "../support/dashboard-page.ts";
import { untilDrained, useEngine } from "../support/engine-servers.ts";
import { eventually } from "../support/eventually.ts";
import { sampleBody } from "../support/sample-event.ts";

const TIMEOUT_MS = 120_000;
const file = useEngine({ INGEST_WORKERS: "1", CONSUMER_WORKERS: "1" });
const search = `?site=${DASHBOARD_SITE}&period=${DASHBOARD_DATES}&compare=none`;
let browser: Browser;

beforeAll(async () => {
  await sendDashboardEvents(file.engine);
  await untilDrained(file.servers);
  browser = await openBrowser();
}, BROWSER_START_MS_MAX);
afterAll(async () => await browser?.close(), TIMEOUT_MS);

const urlOf = (more = "") => `${file.engine.url}/${search}${more}`;

/** Returns visitors by the values of a column, the most first, as a list shows them. */
async function visitorsBy(column: string, where = "true"): Promise<readonly (readonly string[])[]> {
  const rows = await file.servers.sql.unsafe(`
    SELECT coalesce(${column}, '') AS value, count(DISTINCT user_id)::text AS visitors
    FROM events WHERE site_id = '${DASHBOARD_SITE}' AND timestamp < '2026-01-13' AND ${where}
    GROUP BY ${column} ORDER BY count(DISTINCT user_id) DESC, ${column} COLLATE "C" NULLS FIRST LIMIT 9`);
  return rows.map(({ value, visitors }) => [String(value), String(visitors)]);
}

/** Stores one page view of each of many paths. */
async function sendPaths(siteId: string, paths: number): Promise<void> {
  const events = Array.from({ length: paths }, (_, number) => ({
    site_id: siteId,
    event_type: "page_view",
    path: `/${number}`,
    user_id: "u",
    timestamp: "2026-01-10T00:05:00Z",
  }));
  for (let sent = 0; sent < paths; sent += 1_000) {
    const { status } = await ask(file.engine, "/events", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(events.slice(sent, sent + 1_000)),
    });
    expect(status).toBe(202);
  }
}

async function sqlTotals(where = "true"): Promise<Readonly<Record<string, string>>> {
  const [row] = await file.servers.sql.unsafe(`
    SELECT count(DISTINCT user_id)::text AS visitors,
      count(*) FILTER (WHERE event_type = 'page_view')::text AS views
    FROM events WHERE site_id = '${DASHBOARD_SITE}' AND timestamp < '2026-01-13' AND ${where}`);
  return { Visitors: String(row?.["visitors"]), "Page views": String(row?.["views"]) };
}

describe("a site on one screen", () => {
  test(
    "shows the numbers that SQL counts",
    async () => {
      await using opened = await openPage(browser);
      const { page, problems } = opened;
      await page.goto(urlOf());
      expect(await totalsOn(page)).toMatchObject(await sqlTotals());
      expect(await rowsOf(page, "Pages")).toEqual([...(await visitorsBy("path"))]);
      expect(await rowsOf(page, "Places")).toEqual([...(await visitorsBy("country"))]);
      expect(await rowsOf(page, "Devices")).toEqual([...(await visitorsBy("browser"))]);
      expect(await rowsOf(page, "Events")).toEqual([...(await visitorsBy("event_type"))]);
      expect(problems).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    "lists engagement among the events only if asked for it",
    async () => {
      const site_id = "engaged.example";
      for (const event_type of ["page_view", "engagement"]) {
        const { status } = await sendEvent(
          file.engine,
          sampleBody({ site_id, event_type, event_id: Bun.randomUUIDv7() }),
        );
        expect(status).toBe(202);
      }
      await untilDrained(file.servers);
      await using opened = await openPage(browser);
      const { page } = opened;
      const url = `${file.engine.url}/?site=${site_id}&period=2026-01-15..2026-01-15`;
      await page.goto(url);
      expect(await rowsOf(page, "Events")).toEqual([["page_view", "1"]]);
      await page.goto(`${url}&f=is,event:name,engagement`);
      expect(await rowsOf(page, "Events")).toEqual([["engagement", "1"]]);
    },
    TIMEOUT_MS,
  );

  test(
    "filters by a click, excludes by another, and goes back",
    async () => {
      await using opened = await openPage(browser);
      const { page } = opened;
      await page.goto(urlOf());
      await untilQuiet(page);
      await page.getByRole("link", { name: "DE Germany", exact: true }).click();
      const included = "country = 'DE'";
      expect(await totalsOn(page)).toMatchObject(await sqlTotals(included));
      expect(await rowsOf(page, "Pages")).toEqual([...(await visitorsBy("path", included))]);

      await page.getByRole("link", { name: "Exclude Chrome" }).click();
      const both = `${included} AND browser <> 'Chrome'`;
      expect(await totalsOn(page)).toMatchObject(await sqlTotals(both));
      await eventually(() => expect(page.url()).toContain("f=is%2Cvisit%3Acountry%2CDE"));

      await page.reload();
      expect(await totalsOn(page)).toMatchObject(await sqlTotals(both));
      await page.getByRole("link", { name: "Remove the filter: Country is Germany" }).click();
      expect(await totalsOn(page)).toMatchObject(await sqlTotals("browser <> 'Chrome'"));
      await page.goBack();
      await page.goBack();
      expect(await totalsOn(page)).toMatchObject(await sqlTotals(included));
    },
    TIMEOUT_MS,
  );

  test(
    "shows hostile values as they are, and filters by them",
    async () => {
      await using opened = await openPage(browser);
      const { page, problems } = opened;
      await page.goto(urlOf("&details=event:page"));
      const dialog = page.getByRole("dialog");
      for (const path of HOSTILE_PATHS) await dialog.getByTitle(path, { exact: true }).waitFor();
      expect(await page.title()).not.toBe("owned");
      await dialog.getByTitle(HOSTILE_PATHS[4] ?? "", { exact: true }).click();
      const literal = (HOSTILE_PATHS[4] ?? "").replaceAll("'", "''");
      expect(await totalsOn(page)).toMatchObject(await sqlTotals(`path = '${literal}'`));
      await page.reload();
      expect(await totalsOn(page)).toMatchObject(await sqlTotals(`path = '${literal}'`));
      expect(problems).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    "searches a whole list, and gives it as a file",
    async () => {
      await using opened = await openPage(browser);
      const { page } = opened;
      await page.goto(urlOf("&details=event:page"));
      const dialog = page.getByRole("dialog");
      await dialog.getByRole("searchbox").fill("PRIC");
      await eventually(async () => expect(await dialog.locator("tbody tr").count()).toBe(1));
      const downloading = page.waitForEvent("download");
      await dialog.getByRole("button", { name: "CSV" }).click();
      const download = await downloading;
      expect(download.suggestedFilename()).toBe(`${DASHBOARD_SITE} page.csv`);
      const text = await Bun.file(await download.path()).text();
      expect(text.split("\r\n")[0]).toBe("event:page,visitors,percentage,pageviews,time_on_page");
      expect(text).toContain("/pricing,");
      await page.keyboard.press("Escape");
      await dialog.waitFor({ state: "detached" });
      await eventually(() => expect(page.url()).not.toContain("details"));
    },
    TIMEOUT_MS,
  );

  test(
    "gives a list of any length as a file",
    async () => {
      const rows = 10_100;
      await sendPaths("long.example", rows);
      await untilDrained(file.servers);
      await using opened = await openPage(browser);
      const { page } = opened;
      await page.goto(`${file.engine.url}/?site=long.example&period=all&details=event:page`);
      const dialog = page.getByRole("dialog");
      await dialog.getByText(`of ${rows.toLocaleString("en")}`).waitFor();
      const downloading = page.waitForEvent("download");
      await dialog.getByRole("button", { name: "CSV" }).click();
      const text = await Bun.file(await (await downloading).path()).text();
      const [header, ...lines] = text.trimEnd().split("\r\n");
      expect(header).toStartWith("event:page,");
      expect(lines).toHaveLength(rows);
      expect(new Set(lines.map((line) => line.split(",")[0])).size).toBe(rows);
    },
    TIMEOUT_MS,
  );

  test(
    "takes dates from the keyboard",
    async () => {
      await using opened = await openPage(browser);
      const { page } = opened;
      await page.goto(urlOf());
      await untilQuiet(page);
      const periodOf = () => new URL(page.url()).searchParams.get("period");
      const pressed: [string, string][] = [
        ["ArrowLeft", "2026-01-07..2026-01-09"],
        ["ArrowRight", DASHBOARD_DATES],
        ["w", "7d"],
        ["m", "month"],
        ["y", "year"],
        ["d", "day"],
      ];
      for (const [key, period] of pressed) {
        await page.keyboard.press(key);
        await eventually(() => expect([key, periodOf()]).toEqual([key, period]));
      }
    },
    TIMEOUT_MS,
  );

  test(
    "takes keys after a click on a tab, and none for an open menu",
    async () => {
      await using opened = await openPage(browser);
      const { page } = opened;
      await page.goto(urlOf());
      await untilQuiet(page);
      const asked = () => Object.fromEntries(new URL(page.url()).searchParams);
      const isShown = async (expected: object) =>
        await eventually(() => expect(asked()).toMatchObject(expected));
      await page.locator(".tab", { hasText: /^Entry$/ }).click();
      await page.keyboard.press("ArrowLeft");
      await isShown({ period: "2026-01-07..2026-01-09" });
      await page.keyboard.press("ArrowRight");
      await isShown({ period: DASHBOARD_DATES });
      const entry = page.getByRole("radio", { name: "Entry", exact: true });
      expect(await entry.isChecked()).toBe(true);
      await page.keyboard.press("Shift+X");
      await eventually(() => expect(asked()).not.toHaveProperty("compare"));
      await page.keyboard.press("w");
      await isShown({ period: "7d" });

      const filter = page.getByRole("button", { name: "Filter", exact: true });
      await filter.click();
      await page.getByRole("button", { name: "Exit page", exact: true }).waitFor();
      await page.keyboard.press("d");
      await filter.click();
      expect(await filter.getAttribute("aria-expanded")).toBe("false");
      await page.keyboard.press("m");
      await isShown({ period: "month" });
      await page.goBack();
      await isShown({ period: "7d" });
    },
    TIMEOUT_MS,
  );

  test(
    "keeps the focus near what vanishes under it",
    async () => {
      await using opened = await openPage(browser);
      const { page } = opened;
      const isFocused = async (selector: string) =>
        await eventually(async () =>
          expect(await page.locator(`${selector}:focus`).count()).toBe(1),
        );
      await page.goto(urlOf());
      await untilQuiet(page);
      await page.getByRole("link", { name: "Exclude Chrome" }).focus();
      await page.keyboard.press("Enter");
      await isFocused("section[aria-label=Devices]");

      await page.getByRole("link", { name: "Exclude Germany" }).focus();
      await page.keyboard.press("Enter");
      const removals = page.getByRole("link", { name: /^Remove the filter/ });
      await removals.nth(1).focus();
      await page.keyboard.press("Enter");
      await isFocused(".chips");
      await removals.first().focus();
      await page.keyboard.press("Enter");
      await isFocused("main");

      await page.goto(urlOf("&details=event:page"));
      await page.getByRole("dialog").locator("tbody tr").first().waitFor();
      await page.keyboard.press("Escape");
      await isFocused("main");
    },
    TIMEOUT_MS,
  );

  test(
    "shows a day of its chart by Enter",
    async () => {
      await using opened = await openPage(browser);
      const { page } = opened;
      await page.goto(urlOf());
      await untilQuiet(page);
      await page.getByRole("group", { name: /^Visitors over time, by day/ }).focus();
      await page.keyboard.press("ArrowRight");
      await page.getByText("Sat, 10 Jan 2026").waitFor();
      await page.keyboard.press("Enter");
      await eventually(() =>
        expect(new URL(page.url()).searchParams.get("period")).toBe("2026-01-10..2026-01-10"),
      );
    },
    TIMEOUT_MS,
  );

  test(
    "has a table behind its chart, and values under the arrow keys",
    async () => {
      await using opened = await openPage(browser);
      const { page } = opened;
      await page.goto(urlOf());
      await untilQuiet(page);
      await page.getByRole("group", { name: /^Visitors over time, by day/ }).focus();
      await page.keyboard.press("ArrowRight");
      await page.getByText("Sat, 10 Jan 2026").waitFor();
      await page.getByRole("button", { name: "Table" }).click();
      const days = await file.servers.sql<{ visitors: string }[]>`
        SELECT count(DISTINCT user_id)::text AS visitors FROM events
        WHERE site_id = ${DASHBOARD_SITE} AND timestamp < '2026-01-13'
        GROUP BY (timestamp AT TIME ZONE 'UTC')::date ORDER BY (timestamp AT TIME ZONE 'UTC')::date DESC`;
      expect(await page.locator(".chart-table tbody td").allInnerTexts()).toEqual(
        days.map(({ visitors }) => visitors),
      );
    },
    TIMEOUT_MS,
  );
});

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import { ask } from "../support/api-client.ts";
import { axeFindings } from "../support/axe-findings.ts";
import { BROWSER_START_MS_MAX, openBrowser } from "../support/chromium.ts";
import { openPage } from "../support/dashboard-page.ts";
import { untilDrained, useEngine } from "../support/engine-servers.ts";
import { eventually } from "../support/eventually.ts";

const TIMEOUT_MS = 120_000;
const SITES = 130;
const DATES = "2026-01-10..2026-01-12";
const file = useEngine({ INGEST_WORKERS: "1", CONSUMER_WORKERS: "1" });
let browser: Browser;

beforeAll(async () => {
  await sendSites();
  await untilDrained(file.servers);
  browser = await openBrowser();
}, BROWSER_START_MS_MAX + TIMEOUT_MS);
afterAll(async () => await browser?.close(), TIMEOUT_MS);

const nameOf = (site: number) => `site-${String(site).padStart(3, "0")}.example`;
const urlOf = (search: string) => `${file.engine.url}/${search}`;

/** A site has as many page views as its number, of a third as many users, on six days. */
async function sendSites(): Promise<void> {
  const events = Array.from({ length: SITES }, (_, site) =>
    Array.from({ length: site + 1 }, (__, number) => ({
      site_id: nameOf(site),
      event_type: "page_view",
      path: "/",
      user_id: `user-${number % Math.ceil((site + 1) / 3)}`,
      timestamp: new Date(
        Date.parse("2026-01-07T00:05:00Z") + (number % 6) * 86_400_000,
      ).toISOString(),
    })),
  ).flat();
  for (let sent = 0; sent < events.length; sent += 1_000) {
    const { status } = await ask(file.engine, "/events", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(events.slice(sent, sent + 1_000)),
    });
    expect(status).toBe(202);
  }
}

/** Returns the site, visitors, page views and events of each row that has them. */
async function rowsOn(page: Page): Promise<readonly (readonly string[])[]> {
  await page.locator(".sites tbody tr").first().waitFor();
  await eventually(async () => expect(await page.locator(".sites.old").count()).toBe(0));
  return await page
    .locator(".sites tbody tr")
    .evaluateAll((rows) =>
      rows.map((row) => [
        row.querySelector(".site-name")?.getAttribute("title") ?? "",
        ...["visitors", "pageviews", "events"].map(
          (column) => row.querySelector(`.${column} [title]`)?.getAttribute("title") ?? "",
        ),
      ]),
    );
}

async function sqlRows(where: string, order: string, limit: number) {
  const rows = await file.servers.sql.unsafe(`
    SELECT site_id, count(DISTINCT user_id)::text AS visitors, count(*)::text AS views FROM events
    WHERE timestamp >= '2026-01-10' AND timestamp < '2026-01-13' AND ${where}
    GROUP BY site_id ORDER BY ${order} LIMIT ${limit}`);
  return rows.map(({ site_id, visitors, views }) => [site_id, visitors, views, views].map(String));
}

describe("all sites", () => {
  test(
    "are shown with the numbers that SQL counts",
    async () => {
      await using opened = await openPage(browser, { viewport: { width: 1_280, height: 800 } });
      const { page, problems } = opened;
      let asked = 0;
      page.on("request", (request) => {
        if (request.url().endsWith("/query")) asked += 1;
      });
      await page.goto(urlOf(`?period=${DATES}`));
      const expected = await sqlRows("true", "count(*) DESC, site_id", 10);
      await eventually(async () => expect((await rowsOn(page)).slice(0, 10)).toEqual(expected));
      expect(await rowsOn(page)).toHaveLength(50);
      // Those below are asked about once somebody scrolls to them.
      expect(asked).toBeLessThan(40);
      const last = await sqlRows("true", "count(*) DESC, site_id", 50);
      await page.locator(".sites tbody tr").last().scrollIntoViewIfNeeded();
      await eventually(async () => expect((await rowsOn(page)).at(-1)).toEqual(last.at(-1) ?? []));
      await page.getByText(`1–50 of ${SITES}`).waitFor();
      expect(await page.title()).toContain("All sites");
      expect(problems).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    "are sorted, searched and paged by keyboard alone",
    async () => {
      await using opened = await openPage(browser);
      const { page } = opened;
      await page.goto(urlOf(`?period=${DATES}`));
      await rowsOn(page);
      const sites = async () => (await rowsOn(page)).map(([site]) => site);
      await page.getByRole("button", { name: "Site", exact: true }).press("Enter");
      await eventually(async () => expect((await sites())[0]).toBe(nameOf(0)));
      await page.getByRole("button", { name: "Site" }).press("Enter");
      await eventually(async () => expect((await sites())[0]).toBe(nameOf(SITES - 1)));
      await page.getByRole("button", { name: "Next" }).press("Enter");
      await eventually(async () => expect((await sites())[0]).toBe(nameOf(SITES - 51)));

      await page.getByRole("searchbox").fill("SITE-07");
      const expected = (await sqlRows("site_id LIKE 'site-07%'", "count(*) DESC, site_id", 50)).map(
        ([site]) => site ?? "",
      );
      await eventually(async () => expect(await sites()).toEqual(expected));
      await page.keyboard.press("Escape");

      await page.getByRole("link", { name: nameOf(75) }).press("Enter");
      await page.getByRole("heading", { level: 1, name: nameOf(75) }).waitFor();
      await eventually(() => expect(page.url()).toContain(`site=${nameOf(75)}&period=${DATES}`));
      await page.goBack();
      await page.getByRole("heading", { level: 1, name: "All sites" }).waitFor();
    },
    TIMEOUT_MS,
  );

  test(
    "are sorted by the visitors of each day, and say so",
    async () => {
      await using opened = await openPage(browser, { viewport: { width: 360, height: 800 } });
      const { page } = opened;
      await page.goto(urlOf(`?period=${DATES}`));
      const most = nameOf(SITES - 1);
      await eventually(async () => expect((await rowsOn(page))[0]?.[0]).toBe(most));
      const rows = await file.servers.sql<{ site_id: string }[]>`
        SELECT site_id FROM (
          SELECT *, date BETWEEN '2026-01-10' AND '2026-01-12' AS counts FROM daily_site_stats
        ) AS days
        GROUP BY site_id ORDER BY coalesce(sum(unique_users) FILTER (WHERE counts), 0),
          coalesce(sum(total_views) FILTER (WHERE counts), 0), site_id LIMIT 50`;
      const header = page.getByRole("columnheader", { name: "Visitors" }).getByRole("button");
      await header.click();
      await header.click();
      await eventually(async () => {
        expect((await rowsOn(page)).map(([site]) => site)).toEqual(
          rows.map(({ site_id }) => site_id),
        );
      });
      await page.getByText("Sorted by the visitors of each day, added up.").waitFor();
    },
    TIMEOUT_MS,
  );

  test(
    "say that a longer time than a year is not compared",
    async () => {
      await using opened = await openPage(browser);
      const { page } = opened;
      await page.goto(urlOf("?period=all"));
      await page
        .getByText(
          "All time is more than the 367 days over which sites are compared. Shown: Last 12 months.",
        )
        .waitFor();
      const chosen = page.getByRole("radio", { name: "Last 12 months" });
      expect(await chosen.isChecked()).toBe(true);
      await page.getByText("Last 28 days", { exact: true }).click();
      await page.getByText("over which sites are compared").waitFor({ state: "detached" });
    },
    TIMEOUT_MS,
  );

  test(
    "say that a distributed database has no one snapshot",
    async () => {
      await using opened = await openPage(browser);
      const { page } = opened;
      const text = page.getByText("The database is distributed over several servers");
      await page.goto(urlOf(`?period=${DATES}`));
      await rowsOn(page);
      expect(await text.count()).toBe(0);
      await page.route("**/sites/overview?*", async (route) => {
        const response = await route.fetch();
        await route.fulfill({ response, json: { ...(await response.json()), distributed: true } });
      });
      await page.reload();
      await text.waitFor();
      expect(await page.getByText("all of the same moment").count()).toBe(0);
    },
    TIMEOUT_MS,
  );

  test(
    "say what takes long, over the numbers of before",
    async () => {
      await using opened = await openPage(browser);
      const { page } = opened;
      await page.goto(urlOf(`?period=${DATES}`));
      await rowsOn(page);
      const answering = Promise.withResolvers<void>();
      await page.route("**/sites/overview?*", async (route) => {
        await answering.promise;
        await route.continue();
      });
      await page.getByText("Last 7 days", { exact: true }).click();
      const waiting = page.getByText("Adding up 7 days of every site …");
      await waiting.waitFor();
      expect(await page.locator(".sites tbody tr").count()).toBe(50);
      answering.resolve();
      await waiting.waitFor({ state: "detached" });
      expect(await page.locator(".sites.old").count()).toBe(0);
    },
    TIMEOUT_MS,
  );

  test(
    "are one click away from each site",
    async () => {
      await using opened = await openPage(browser);
      const { page } = opened;
      await page.goto(urlOf(`?site=${nameOf(3)}`));
      await page.getByRole("button", { name: /^Site:/ }).click();
      await page.getByRole("link", { name: "All sites" }).click();
      await page.getByRole("heading", { level: 1, name: "All sites" }).waitFor();
      await eventually(() => expect(page.url()).toBe(urlOf("?")));
    },
    TIMEOUT_MS,
  );

  test.each([
    ["light", 1_280],
    ["dark", 1_280],
    ["light", 360],
    ["dark", 360],
  ] as const)(
    "in %s colours, %d pixels wide, leave axe nothing to find",
    async (colorScheme, width) => {
      await using opened = await openPage(browser, {
        colorScheme,
        viewport: { width, height: 800 },
        reducedMotion: "reduce",
      });
      const { page } = opened;
      await page.goto(urlOf(`?period=${DATES}`));
      await rowsOn(page);
      expect(await axeFindings(page)).toEqual([]);
      expect(
        await page.evaluate("document.documentElement.scrollWidth - innerWidth"),
      ).toBeLessThanOrEqual(0);
    },
    TIMEOUT_MS,
  );
});

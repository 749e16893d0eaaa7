import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Browser } from "playwright-core";
import { ask } from "../support/api-client.ts";
import { BROWSER_START_MS_MAX, openBrowser } from "../support/chromium.ts";
import {
  DASHBOARD_DATES,
  DASHBOARD_SITE,
  sendDashboardEvents,
} from "../support/dashboard-events.ts";
import { openPage, rowsOf, untilQuiet } from "../support/dashboard-page.ts";
import { untilDrained, useEngine } from "../support/engine-servers.ts";
import { eventually } from "../support/eventually.ts";

const TIMEOUT_MS = 120_000;
/** Before the day of the rare property, more events than any sample of them. */
const OFTEN = 6_000;
const RARE_SITE = "rare.example";
const file = useEngine({ INGEST_WORKERS: "1", CONSUMER_WORKERS: "1" });
let browser: Browser;

beforeAll(async () => {
  browser = await openBrowser();
  await sendDashboardEvents(file.engine);
  await sendRareProperty();
  await untilDrained(file.servers);
}, BROWSER_START_MS_MAX);
afterAll(async () => await browser?.close(), TIMEOUT_MS);

test(
  "properties of events are found, and their values counted",
  async () => {
    await using opened = await openPage(browser);
    const { page, problems } = opened;
    await page.goto(`${file.engine.url}/?site=${DASHBOARD_SITE}&period=${DASHBOARD_DATES}`);
    await untilQuiet(page);
    await page.getByRole("button", { name: "Properties" }).click();
    await page.getByRole("button", { name: "plan", exact: true }).click();
    const rows = await file.servers.sql<{ plan: string; visitors: string }[]>`
      SELECT coalesce(properties ->> 'plan', '') AS plan, count(DISTINCT user_id)::text AS visitors
      FROM events WHERE site_id = ${DASHBOARD_SITE} AND timestamp < '2026-01-13'
      GROUP BY 1 ORDER BY count(DISTINCT user_id) DESC, 1`;
    await eventually(async () => {
      expect(await rowsOf(page, "Events")).toEqual(
        rows.map(({ plan, visitors }) => [plan, visitors]),
      );
    });
    expect(problems).toEqual([]);

    await page.goto(
      `${file.engine.url}/?site=${DASHBOARD_SITE}&period=${DASHBOARD_DATES}&f=is,event:name,page_view`,
    );
    await untilQuiet(page);
    await page.getByRole("button", { name: "Properties" }).click();
    await page.getByText("These events have no properties.").waitFor();
  },
  TIMEOUT_MS,
);

test(
  "a property of one event among thousands is found",
  async () => {
    await using opened = await openPage(browser);
    const { page, problems } = opened;
    await page.goto(`${file.engine.url}/?site=${RARE_SITE}&period=${DASHBOARD_DATES}`);
    await untilQuiet(page);
    await page.getByRole("button", { name: "Properties" }).click();
    const names = page.getByRole("list", { name: "Properties" }).getByRole("button");
    await names.first().waitFor();
    expect(await names.allInnerTexts()).toEqual(["theme", 'a<b>,"c"', "seldom"]);
    await names.nth(1).click();
    await eventually(async () => {
      expect(await rowsOf(page, "Events")).toEqual([
        ["", "1"],
        ["&amp;", "1"],
      ]);
    });
    expect(problems).toEqual([]);
  },
  TIMEOUT_MS,
);

/** Page views of one visitor with a property that all have, two that a few have, and one of the last event. */
async function sendRareProperty(): Promise<void> {
  const events = Array.from({ length: OFTEN }, (_, number) => ({
    site_id: RARE_SITE,
    event_type: "page_view",
    path: "/",
    user_id: "user-1",
    timestamp: new Date(Date.parse("2026-01-10T10:00:00Z") + number * 1_000).toISOString(),
    properties: {
      theme: "dark",
      ...(number < 3 && { 'a<b>,"c"': "&amp;" }),
      ...(number === OFTEN - 1 && { seldom: true }),
    },
  }));
  const { status } = await ask(file.engine, "/events", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(events),
  });
  expect(status).toBe(202);
}

import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Browser } from "playwright-core";
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
const file = useEngine({ INGEST_WORKERS: "1", CONSUMER_WORKERS: "1" });
let browser: Browser;

beforeAll(async () => {
  browser = await openBrowser();
  await sendDashboardEvents(file.engine);
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

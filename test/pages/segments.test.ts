import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Browser } from "playwright-core";
import { runQueueflow } from "../cli/run-queueflow.ts";
import { axeFindings } from "../support/axe-findings.ts";
import { BROWSER_START_MS_MAX, openBrowser } from "../support/chromium.ts";
import {
  DASHBOARD_DATES,
  DASHBOARD_SITE,
  sendDashboardEvents,
} from "../support/dashboard-events.ts";
import { openPage, totalsOn, untilQuiet } from "../support/dashboard-page.ts";
import { untilDrained, useEngine } from "../support/engine-servers.ts";
import { eventually } from "../support/eventually.ts";

const TIMEOUT_MS = 120_000;
const file = useEngine({ INGEST_WORKERS: "1", CONSUMER_WORKERS: "1" });
const view = `site=${DASHBOARD_SITE}&period=${DASHBOARD_DATES}`;
let browser: Browser;

beforeAll(async () => {
  browser = await openBrowser();
  await sendDashboardEvents(file.engine);
  await untilDrained(file.servers);
}, BROWSER_START_MS_MAX);
afterAll(async () => await browser?.close(), TIMEOUT_MS);

async function signInLink(more: string): Promise<string> {
  const env = { ...file.servers.env, API_PORT: String(file.engine.port) };
  const { stdout } = await runQueueflow(["dashboard"], { env });
  return stdout.trim().replace("/#", `/?${view}${more}#`);
}

test(
  "filters are saved as a segment, which is chosen again",
  async () => {
    await using opened = await openPage(browser, { reducedMotion: "reduce" });
    const { page, problems } = opened;
    await page.goto(await signInLink("&f=is,visit:country,DE&f=is_not,visit:browser,Safari"));
    await untilQuiet(page);
    await page.getByRole("button", { name: "Save as a segment" }).click();
    await page.getByLabel("Name of the segment").fill("Germans, no <Safari>");
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole("button", { name: "Save as a segment" }).last().click();
    const chip = page.locator(".chip-text");
    await eventually(async () => {
      expect(await chip.allInnerTexts()).toEqual(["Segment is Germans, no <Safari>"]);
    });
    const [row] = await file.servers.sql<{ visitors: string; views: string }[]>`
      SELECT count(DISTINCT user_id)::text AS visitors,
        count(*) FILTER (WHERE event_type = 'page_view')::text AS views
      FROM events WHERE site_id = ${DASHBOARD_SITE} AND timestamp < '2026-01-13'
        AND country = 'DE' AND browser <> 'Safari'`;
    expect(await totalsOn(page)).toMatchObject({
      Visitors: row?.visitors ?? "",
      "Page views": row?.views ?? "",
    });

    await page.goto(`${file.engine.url}/?${view}`);
    await untilQuiet(page);
    await page.getByRole("button", { name: "Filter" }).click();
    await page.getByRole("button", { name: "Segment", exact: true }).click();
    await page.getByRole("button", { name: "Germans, no <Safari>", exact: true }).click();
    expect(await totalsOn(page)).toMatchObject({ Visitors: row?.visitors ?? "" });

    await page.getByRole("button", { name: /^Change the filter/ }).click();
    await page.getByRole("button", { name: "Remove Germans, no <Safari>" }).click();
    await page.getByText("No segments yet.").waitFor();
    expect(problems).toEqual([]);
  },
  TIMEOUT_MS,
);

test(
  "nobody but an administrator saves one",
  async () => {
    await using opened = await openPage(browser);
    const { page } = opened;
    await page.goto(`${file.engine.url}/?${view}&f=is,visit:country,DE`);
    await untilQuiet(page);
    expect(await page.getByRole("button", { name: "Save as a segment" }).count()).toBe(0);
  },
  TIMEOUT_MS,
);

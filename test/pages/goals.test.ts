import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import { runQueueflow } from "../cli/run-queueflow.ts";
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
const view = `site=${DASHBOARD_SITE}&period=${DASHBOARD_DATES}`;
let browser: Browser;

beforeAll(async () => {
  browser = await openBrowser();
  await sendDashboardEvents(file.engine);
  await untilDrained(file.servers);
}, BROWSER_START_MS_MAX);
afterAll(async () => await browser?.close(), TIMEOUT_MS);

async function signInLink(): Promise<string> {
  const env = { ...file.servers.env, API_PORT: String(file.engine.port) };
  const { stdout } = await runQueueflow(["dashboard"], { env });
  return stdout.trim().replace("/#", `/?${view}#`);
}

async function showGoals(page: Page): Promise<void> {
  await untilQuiet(page);
  await page.getByText("Goals", { exact: true }).click();
}

describe("goals in the page", () => {
  test(
    "are not counted where there are none",
    async () => {
      await using opened = await openPage(browser);
      const { page, problems } = opened;
      await page.goto(`${file.engine.url}/?${view}`);
      await showGoals(page);
      await page.getByText("No goals yet.").waitFor();
      await page.goto(`${file.engine.url}/?${view}&details=event:goal`);
      await page.locator("dialog").getByText("No goals yet.").waitFor();
      expect(problems).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    "an administrator makes one, which counts at once",
    async () => {
      await using opened = await openPage(browser);
      const { page } = opened;
      await page.goto(await signInLink());
      await showGoals(page);
      await page.getByRole("button", { name: "Goals…" }).click();
      await page.getByLabel("Name of the event").fill("signup");
      await page.getByLabel("Name of the goal").fill("Joined");
      await page.getByRole("button", { name: "Add goal" }).click();
      const [row] = await file.servers.sql<{ visitors: string; events: string }[]>`
        SELECT count(DISTINCT user_id)::text AS visitors, count(*)::text AS events FROM events
        WHERE site_id = ${DASHBOARD_SITE} AND event_type = 'signup' AND timestamp < '2026-01-13'`;
      const numbers = page
        .getByRole("region", { name: "Events", exact: true })
        .locator("tbody td.number");
      await eventually(async () => {
        expect(await rowsOf(page, "Events")).toEqual([["Joined", row?.visitors ?? ""]]);
        expect(await numbers.nth(1).innerText()).toBe(row?.events ?? "");
      });

      await page.getByRole("button", { name: "Remove Joined" }).click();
      await page.getByText("No goals yet.").waitFor();
    },
    TIMEOUT_MS,
  );

  test(
    "says what the engine does not take",
    async () => {
      await using opened = await openPage(browser);
      const { page } = opened;
      await page.goto(await signInLink());
      await showGoals(page);
      await page.getByRole("button", { name: "Goals…" }).click();
      await page.getByLabel("Name of the event").fill("buy");
      await page.getByLabel("Property with the revenue").fill("amount");
      await page.getByRole("button", { name: "Add goal" }).click();
      await eventually(async () => {
        expect(await page.locator(".goals .problem").innerText()).toContain("currency");
      });
    },
    TIMEOUT_MS,
  );

  test(
    "nobody else is offered to",
    async () => {
      await using opened = await openPage(browser);
      const { page } = opened;
      await page.goto(`${file.engine.url}/?${view}`);
      await showGoals(page);
      expect(await page.getByRole("button", { name: "Goals…" }).count()).toBe(0);
    },
    TIMEOUT_MS,
  );
});

test(
  "a question mark shows what the keys do",
  async () => {
    await using opened = await openPage(browser);
    const { page } = opened;
    await page.goto(`${file.engine.url}/?${view}`);
    await untilQuiet(page);
    await page.keyboard.press("?");
    const help = page.getByRole("dialog", { name: "Keyboard" });
    await help.getByText("Last 12 months").waitFor();
    const period = () => new URL(page.url()).searchParams.get("period");
    await page.keyboard.press("d");
    expect(period()).toBe(DASHBOARD_DATES);
    await page.keyboard.press("Escape");
    await help.waitFor({ state: "detached" });
    await page.keyboard.press("d");
    await eventually(async () => expect(period()).toBe("day"));
  },
  TIMEOUT_MS,
);

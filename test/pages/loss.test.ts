import { expect, test } from "bun:test";
import { openBrowser } from "../support/chromium.ts";
import {
  DASHBOARD_DATES,
  DASHBOARD_SITE,
  sendDashboardEvents,
} from "../support/dashboard-events.ts";
import { openPage, totalsOn } from "../support/dashboard-page.ts";
import { startEngine } from "../support/engine.ts";
import { openEngineServers, untilDrained, untilMigrated } from "../support/engine-servers.ts";
import { eventually } from "../support/eventually.ts";

const TIMEOUT_MS = 240_000;
const THREADS = { INGEST_WORKERS: "1", CONSUMER_WORKERS: "1" };

test(
  "the page says when the engine is gone, and recovers with it",
  async () => {
    await using servers = await openEngineServers();
    await using engine = await startEngine({ env: { ...servers.env, ...THREADS } });
    await untilMigrated(engine);
    await sendDashboardEvents(engine);
    await untilDrained(servers);
    await using browser = await openBrowser();
    await using opened = await openPage(browser);
    const { page } = opened;
    await page.goto(`${engine.url}/?site=${DASHBOARD_SITE}&period=${DASHBOARD_DATES}`);
    const before = await totalsOn(page);

    await engine.stop();
    await page.keyboard.press("ArrowLeft");
    await page.getByRole("alert").getByText("The engine does not answer").waitFor();
    await page.keyboard.press("ArrowRight");
    expect(await totalsOn(page)).toEqual(before);

    const env = { ...servers.env, ...THREADS, API_PORT: String(engine.port) };
    await using again = await startEngine({ env });
    await sendDashboardEvents(again, "other.example");
    await eventually(async () => expect(await page.getByRole("alert").count()).toBe(0));
    await page.keyboard.press("ArrowLeft");
    await eventually(async () => expect((await totalsOn(page))["Visitors"]).toBe("0"));
  },
  TIMEOUT_MS,
);

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { FRONT_PROGRAMS, type FrontProxy } from "../attack/front-proxies.ts";
import { BROWSER_START_MS_MAX, openBrowser } from "../support/chromium.ts";
import {
  DASHBOARD_DATES,
  DASHBOARD_SITE,
  sendDashboardEvents,
} from "../support/dashboard-events.ts";
import { openPage, totalsOn } from "../support/dashboard-page.ts";
import { untilDrained, useEngine } from "../support/engine-servers.ts";
import { eventually } from "../support/eventually.ts";

const TIMEOUT_MS = 120_000;
const BASE = "/stats";
const file = useEngine({ INGEST_WORKERS: "1", CONSUMER_WORKERS: "1", BASE_PATH: BASE });
const nginx = FRONT_PROGRAMS.find(({ name }) => name === "nginx");

describe.skipIf(nginx?.path === undefined)("behind nginx, under a prefix", () => {
  let proxy: FrontProxy | undefined;
  beforeAll(async () => {
    proxy = await nginx?.start(nginx.path ?? "", file.engine.port);
    await sendDashboardEvents(file.engine);
    await untilDrained(file.servers);
  }, BROWSER_START_MS_MAX);
  afterAll(async () => await proxy?.[Symbol.asyncDispose]());
  const urlOf = (path: string) => `http://127.0.0.1:${proxy?.port}${path}`;

  test(
    "the dashboard asks for nothing outside of it",
    async () => {
      await using browser = await openBrowser();
      await using opened = await openPage(browser);
      const { page, problems } = opened;
      const outside: string[] = [];
      page.on("request", (request) => {
        if (!request.url().startsWith(urlOf(BASE))) outside.push(request.url());
      });
      await page.goto(urlOf(`${BASE}?site=${DASHBOARD_SITE}&period=${DASHBOARD_DATES}`));
      await eventually(() => expect(new URL(page.url()).pathname).toBe(`${BASE}/`));
      expect((await totalsOn(page))["Visitors"]).toBe("60");
      await page.getByRole("link", { name: "API", exact: true }).click();
      await page.getByRole("heading", { name: "QueueFlow Engine" }).waitFor();
      expect({ outside, problems }).toEqual({ outside: [], problems: [] });
    },
    TIMEOUT_MS,
  );

  test("the script sends under the prefix", async () => {
    const script = await (await fetch(urlOf(`${BASE}/script.js`))).text();
    expect(script).toContain(`"${BASE}/collect"`);
  });

  test.each([
    [`${BASE}/health/ready`, 200],
    ["/health/ready", 200],
    [`${BASE}/stats?site_id=${DASHBOARD_SITE}`, 200],
    [`${BASE}?site_id=${DASHBOARD_SITE}`, 200],
    [`${BASE}/stats/stats`, 404],
    ["/statsx/health/ready", 404],
  ])("GET %s is %d", async (path, status) => {
    expect((await fetch(urlOf(path))).status).toBe(status);
  });

  test("events and their bodies arrive", async () => {
    const event = { site_id: "b", event_type: "a", path: "/", user_id: "u", timestamp: new Date() };
    const init = {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(event),
    };
    expect((await fetch(urlOf(`${BASE}/event`), init)).status).toBe(202);
  });
});

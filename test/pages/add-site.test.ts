import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Browser } from "playwright-core";
import { runQueueflow } from "../cli/run-queueflow.ts";
import { sendEvent } from "../support/api-client.ts";
import { axeFindings } from "../support/axe-findings.ts";
import { BROWSER_START_MS_MAX, openBrowser } from "../support/chromium.ts";
import { openPage, totalsOn } from "../support/dashboard-page.ts";
import { useEngine } from "../support/engine-servers.ts";
import { eventually } from "../support/eventually.ts";
import { sampleBody } from "../support/sample-event.ts";

const TIMEOUT_MS = 120_000;
const file = useEngine({ INGEST_WORKERS: "1", CONSUMER_WORKERS: "1" });
let browser: Browser;

beforeAll(async () => {
  browser = await openBrowser();
}, BROWSER_START_MS_MAX);
afterAll(async () => await browser?.close(), TIMEOUT_MS);

async function visit(site_id: string, path: string): Promise<void> {
  const event_id = Bun.randomUUIDv7();
  const timestamp = new Date().toISOString();
  const event = sampleBody({ site_id, path, timestamp, event_id });
  expect((await sendEvent(file.engine, event)).status).toBe(202);
}

describe("a site is added", () => {
  test(
    "by its name alone, and shows its first event as it arrives",
    async () => {
      await using opened = await openPage(browser);
      const { page, problems } = opened;
      await page.goto(`${file.engine.url}/?add`);
      await page.getByLabel("Domain or other name in events").waitFor();
      expect(await axeFindings(page)).toEqual([]);
      await page.keyboard.type("mine.example");
      await page.keyboard.press("Enter");
      await page.getByText("Waiting for the first event").waitFor();
      await eventually(() => expect(page.url()).toBe(`${file.engine.url}/?site=mine.example`));
      expect(await page.locator("pre").innerText()).toBe(
        `<script defer data-site="mine.example" src="${file.engine.url}/script.js"></script>`,
      );
      expect(await axeFindings(page)).toEqual([]);

      await visit("mine.example", "/first");
      await page.getByText("The first event has arrived").waitFor();
      await page.locator(".arrival").getByText("/first").waitFor();
      await page.getByRole("link", { name: "Show the numbers" }).press("Enter");
      expect((await totalsOn(page))["Visitors"]).toBe("1");
      expect(problems).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    "with its settings by an administrator, once",
    async () => {
      const { stdout } = await runQueueflow(["dashboard"], {
        env: { ...file.servers.env, API_PORT: String(file.engine.port) },
      });
      await using opened = await openPage(browser, { timezoneId: "Europe/Berlin" });
      const { page } = opened;
      await page.goto(stdout.trim());
      await page.getByText("Signed in to administer every site").waitFor();
      const add = async () => {
        await page.goto(`${file.engine.url}/?add`);
        await page.getByLabel("Domain or other name in events").fill("named.example");
        await page.getByLabel("Title, if it should have another").fill("Named");
        await page.getByRole("button", { name: "Continue" }).click();
      };
      await add();
      await page.getByRole("heading", { level: 1, name: "Named" }).waitFor();
      const settings = await file.servers.sql`
        SELECT name, time_zone FROM sites WHERE site_id = 'named.example'`;
      expect([...settings]).toEqual([{ name: "Named", time_zone: "Europe/Berlin" }]);
      await add();
      await page.getByText("This site has been added already.").waitFor();
      await page.getByLabel("Title, if it should have another").fill("é".repeat(101));
      const title = page.getByLabel("Title, if it should have another");
      expect(await title.evaluate((input) => Reflect.get(input, "validationMessage"))).toContain(
        "202 bytes of at most 200",
      );
      await page.getByLabel("Domain or other name in events").fill("untitled.example");
      await page.getByLabel("Title, if it should have another").fill("");
      await page.getByRole("button", { name: "Continue" }).click();
      await page.getByRole("heading", { level: 1, name: "untitled.example" }).waitFor();
    },
    TIMEOUT_MS,
  );
});

test(
  "the menu of sites finds those that its list leaves out",
  async () => {
    await file.servers.sql`
      INSERT INTO sites (site_id, name, time_zone)
      SELECT 'many-' || number || '.example', 'Number ' || number, 'UTC' FROM generate_series(1, 250) AS number`;
    await visit("zz-last.example", "/");
    await using opened = await openPage(browser);
    const { page } = opened;
    await page.goto(`${file.engine.url}/?site=zz-last.example`);
    await page.getByRole("button", { name: "Site: zz-last.example" }).click();
    const found = page.getByRole("link", { name: /^Number 99/ });
    expect(await found.count()).toBe(0);
    await page.keyboard.type("NUMBER 99");
    await found.press("Enter");
    await page.getByRole("heading", { level: 1, name: "Number 99" }).waitFor();
    await eventually(() =>
      expect(new URL(page.url()).searchParams.get("site")).toBe("many-99.example"),
    );
  },
  TIMEOUT_MS,
);

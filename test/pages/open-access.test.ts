import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Browser } from "playwright-core";
import { axeFindings } from "../support/axe-findings.ts";
import { BROWSER_START_MS_MAX, openBrowser } from "../support/chromium.ts";
import { openPage } from "../support/dashboard-page.ts";
import { useEngine } from "../support/engine-servers.ts";

const TIMEOUT_MS = 120_000;
const file = useEngine({ INGEST_WORKERS: "1", CONSUMER_WORKERS: "1", ACCESS: "open" });
let browser: Browser;

beforeAll(async () => {
  browser = await openBrowser();
}, BROWSER_START_MS_MAX);
afterAll(async () => await browser?.close(), TIMEOUT_MS);

describe("with ACCESS=open", () => {
  test.each(["/?pipeline", "/#sign-in"])(
    "%s says why there is nobody to sign in",
    async (path) => {
      await using opened = await openPage(browser, { viewport: { width: 360, height: 700 } });
      const { page, problems } = opened;
      await page.goto(`${file.engine.url}${path}`);
      await page.getByRole("heading", { name: "asks nobody who they are" }).waitFor();
      await page.getByText("remove ACCESS=open").waitFor();
      expect(await page.getByLabel("Read or admin key").count()).toBe(0);
      expect(await axeFindings(page)).toEqual([]);
      expect(problems).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    "a public link says that the engine shows everything",
    async () => {
      await using opened = await openPage(browser);
      const { page } = opened;
      await page.goto(`${file.engine.url}/share?link=unknown`);
      await page.getByRole("heading", { name: "Public links do not work here" }).waitFor();
    },
    TIMEOUT_MS,
  );
});

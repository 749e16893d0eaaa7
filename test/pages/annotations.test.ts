import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFile } from "node:fs/promises";
import type { Browser } from "playwright-core";
import { runQueueflow } from "../cli/run-queueflow.ts";
import { openAccessKeys } from "../support/access-keys.ts";
import { axeFindings } from "../support/axe-findings.ts";
import { BROWSER_START_MS_MAX, openBrowser } from "../support/chromium.ts";
import {
  DASHBOARD_DATES,
  DASHBOARD_SITE,
  sendDashboardEvents,
} from "../support/dashboard-events.ts";
import { openPage, untilQuiet } from "../support/dashboard-page.ts";
import { untilDrained, useEngine } from "../support/engine-servers.ts";

const TIMEOUT_MS = 120_000;
const HOSTILE = `<img src=x onerror="document.title='owned'"> مرحبا 🎉`;
const file = useEngine({ INGEST_WORKERS: "1", CONSUMER_WORKERS: "1" });
let browser: Browser;

async function queueflow(...args: readonly string[]): Promise<string> {
  const env = { ...file.servers.env, API_PORT: String(file.engine.port) };
  return (await runQueueflow(args, { env })).stdout.trim();
}

beforeAll(async () => {
  browser = await openBrowser();
  await sendDashboardEvents(file.engine);
  await untilDrained(file.servers);
  await using keys = openAccessKeys(file.servers);
  await keys.create("admin");
}, BROWSER_START_MS_MAX + TIMEOUT_MS);
afterAll(async () => await browser?.close(), TIMEOUT_MS);

interface Pixels {
  readonly size: readonly number[];
  readonly corner: readonly number[];
  /** How many are dark. */
  readonly inked: number;
}

const search = `?site=${DASHBOARD_SITE}&period=${DASHBOARD_DATES}`;

describe("an annotation", () => {
  test.each([
    ["light", 1_280],
    ["dark", 360],
  ] as const)(
    "is added, shown and removed, in %s colours, %d pixels wide",
    async (colorScheme, width) => {
      await using opened = await openPage(browser, {
        colorScheme,
        viewport: { width, height: 800 },
        reducedMotion: "reduce",
      });
      const { page, problems } = opened;
      await page.goto(await queueflow("dashboard"));
      await page.locator(".signed-in").waitFor();
      await page.goto(`${file.engine.url}/${search}`);
      await untilQuiet(page);
      await page.getByRole("button", { name: "Annotate" }).click();
      await page.getByLabel("What happened?").fill(HOSTILE);
      await page.getByLabel("Date", { exact: true }).fill("2026-01-11");
      await page.getByRole("button", { name: "Add" }).click();
      await page.locator(".share-list bdi", { hasText: HOSTILE }).waitFor();
      expect(await axeFindings(page)).toEqual([]);
      expect(
        await page.evaluate("document.documentElement.scrollWidth - innerWidth"),
      ).toBeLessThanOrEqual(0);
      await page.keyboard.press("Escape");
      // By keyboard, the second day.
      await page.locator(".chart").focus();
      await page.keyboard.press("ArrowRight");
      expect(await page.locator(".tip .marks").count()).toBe(0);
      await page.keyboard.press("ArrowRight");
      await page.locator(".tip .marks", { hasText: HOSTILE }).waitFor();
      await page.getByRole("button", { name: "Table" }).click();
      const row = page.getByRole("row", { name: /11 Jan 2026/ });
      await row.getByText(HOSTILE).waitFor();
      expect(await axeFindings(page)).toEqual([]);
      await using visitor = await openPage(browser);
      await visitor.page.goto(
        `${await queueflow("share", "create", DASHBOARD_SITE)}&period=${DASHBOARD_DATES}`,
      );
      await untilQuiet(visitor.page);
      await visitor.page.getByRole("button", { name: "Table" }).click();
      await visitor.page.getByText(HOSTILE).waitFor();
      expect(await visitor.page.getByRole("button", { name: "Annotate" }).count()).toBe(0);
      await page.getByRole("button", { name: "Annotate" }).click();
      await page.getByRole("button", { name: `Remove ${HOSTILE}` }).click();
      await row.getByText(HOSTILE).waitFor({ state: "detached" });
      await page.keyboard.press("Escape");
      await page.getByRole("button", { name: "Table" }).click();
      expect({ problems, title: await page.title() }).toEqual({
        problems: [],
        title: expect.not.stringContaining("owned"),
      });
    },
    TIMEOUT_MS,
  );
});

describe("the chart", () => {
  test(
    "is saved as a picture on white, whatever the colours of the page",
    async () => {
      await using opened = await openPage(browser, { colorScheme: "dark" });
      const { page, problems } = opened;
      await page.goto(await queueflow("dashboard"));
      await page.locator(".signed-in").waitFor();
      await page.goto(`${file.engine.url}/${search}`);
      await untilQuiet(page);
      const saving = page.waitForEvent("download");
      await page.getByRole("button", { name: "PNG" }).click();
      const saved = await saving;
      expect(saved.suggestedFilename()).toBe("shop.example-visitors-10-12-Jan-2026.png");
      const bytes = await readFile(await saved.path());
      const pixels = await page.evaluate<Pixels>(`(async () => {
        const image = new Image();
        image.src = "data:image/png;base64,${bytes.toString("base64")}";
        await image.decode();
        const canvas = document.createElement("canvas");
        canvas.width = image.width;
        canvas.height = image.height;
        const context = canvas.getContext("2d");
        context.drawImage(image, 0, 0);
        const { data } = context.getImageData(0, 0, image.width, image.height);
        let inked = 0;
        for (let at = 0; at < data.length; at += 4) if (data[at] < 128) inked += 1;
        return { size: [image.width, image.height], corner: [...data.slice(0, 4)], inked };
      })()`);
      expect(pixels).toMatchObject({ size: [1_264, 604], corner: [255, 255, 255, 255] });
      expect(pixels.inked).toBeGreaterThan(2_000);
      expect(problems).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    "is saved under a name that has its filters",
    async () => {
      await using opened = await openPage(browser);
      const { page } = opened;
      await page.goto(await queueflow("dashboard"));
      await page.locator(".signed-in").waitFor();
      const pictureOf = async (more: string) => {
        await page.goto(`${file.engine.url}/${search}${more}`);
        await untilQuiet(page);
        const saving = page.waitForEvent("download");
        await page.getByRole("button", { name: "PNG" }).click();
        return await saving;
      };
      const filtered = await pictureOf("&f=is,visit:country,DE");
      expect(filtered.suggestedFilename()).toBe(
        "shop.example-visitors-10-12-Jan-2026-Country-is-Germany.png",
      );
      // Of the same numbers, the head alone tells them apart.
      const all = await pictureOf("&f=is_not,visit:country,XX");
      const none = await pictureOf("");
      expect(await readFile(await all.path())).not.toEqual(await readFile(await none.path()));
    },
    TIMEOUT_MS,
  );

  test(
    "is printed on light paper without the page's controls",
    async () => {
      await using opened = await openPage(browser, { colorScheme: "dark" });
      const { page } = opened;
      await page.goto(await queueflow("dashboard"));
      await page.locator(".signed-in").waitFor();
      const filters = "&f=is,visit:country,DE&f=is_not,visit:browser,Safari";
      await page.goto(`${file.engine.url}/${search}${filters}`);
      await untilQuiet(page);
      for (const name of ["Share", "Annotate", "Save as a segment", "Goals"]) {
        await page.getByRole("button", { name }).waitFor();
      }
      await page.emulateMedia({ media: "print" });
      // What remains says what the numbers are of.
      expect(
        await page.locator("button:visible, .tab:visible, .clear:visible").allInnerTexts(),
      ).toEqual([
        DASHBOARD_SITE,
        expect.stringContaining("visitors now"),
        "Country is Germany",
        "Browser is not Safari",
      ]);
      expect(
        await page.evaluate("getComputedStyle(document.documentElement).backgroundColor"),
      ).toBe("rgb(255, 255, 255)");
      const pdf = await page.pdf({ format: "A4" });
      expect(pdf.subarray(0, 5).toString()).toBe("%PDF-");
    },
    TIMEOUT_MS,
  );
});

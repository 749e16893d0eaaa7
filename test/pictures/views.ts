import type { Page } from "playwright-core";
import { LAST_ANNOTATION_DAYS_AGO, SITE } from "./fill-engine.ts";
import { LARGE, LOOKS, type Look, ONE_SMALL } from "./looks.ts";

export interface PicturedView {
  readonly name: string;
  /** After the address of the engine. */
  readonly path: string;
  readonly looks: readonly Look[];
  /** Whether an administrator looks at it; else, somebody who is not signed in. */
  readonly isAdmins: boolean;
  /** Whether the picture has all of the page, not only what a screen shows. */
  readonly isWhole: boolean;
  /** Resolves when the page shows what the picture is of. */
  readonly ready: (page: Page) => Promise<unknown>;
}

const PATH = `/?site=${SITE}`;
const DAYS = 28;
/** For lines that show something. */
const READINGS = 9;
const ANYONES = { looks: LOOKS, isAdmins: false, isWhole: false };
const ADMINS = { ...ANYONES, isAdmins: true };

export function picturedViews(sharedPath: string): readonly PicturedView[] {
  return [
    {
      ...ANYONES,
      name: "site",
      path: `${PATH}&period=91d`,
      isWhole: true,
      ready: untilNumbers,
    },
    {
      ...ANYONES,
      name: "filtered",
      path: `${PATH}&period=6mo&f=is,visit:country,DE&f=is_not,visit:device,tablet&metric=visits`,
      ready: untilNumbers,
    },
    { ...ANYONES, name: "details", path: `${PATH}&details=event:page`, ready: untilDetails },
    { ...ANYONES, name: "sites", path: "/?period=28d", isWhole: true, ready: untilSites },
    {
      ...ANYONES,
      name: "sign-in",
      path: "/#sign-in",
      ready: async (page) => await page.getByRole("heading", { name: "Sign in" }).waitFor(),
    },
    {
      ...ANYONES,
      name: "shared",
      looks: ONE_SMALL,
      path: `${sharedPath}&period=${DAYS}d`,
      ready: untilNumbers,
    },
    {
      ...ADMINS,
      name: "share",
      looks: ONE_SMALL,
      path: `${PATH}&period=${DAYS}d`,
      ready: async (page) => {
        await untilNumbers(page);
        await page.getByRole("button", { name: "Share" }).click();
        await page.getByLabel("Who is it for?").fill("The board");
        await page.locator("bdi", { hasText: "Investors" }).waitFor();
      },
    },
    {
      ...ADMINS,
      name: "annotations",
      looks: ONE_SMALL,
      path: `${PATH}&period=${DAYS}d`,
      ready: untilAnnotation,
    },
    {
      ...ADMINS,
      name: "goals",
      looks: LARGE,
      path: `${PATH}&period=${DAYS}d`,
      ready: untilGoals,
    },
    {
      ...ADMINS,
      name: "goals-menu",
      looks: LARGE,
      path: `${PATH}&period=${DAYS}d`,
      ready: async (page) => {
        await untilGoals(page);
        await page.getByRole("button", { name: "Goals…" }).click();
        await page.getByRole("button", { name: "Remove Purchase" }).waitFor();
      },
    },
    {
      ...ADMINS,
      name: "pipeline",
      path: "/?pipeline",
      isWhole: true,
      looks: ONE_SMALL,
      ready: untilReadings,
    },
  ];
}

/** Waits until no number is missing or of a question before. */
async function untilNumbers(page: Page): Promise<void> {
  await page.locator(".total-value[title]").first().waitFor();
  await page.waitForFunction(
    "document.querySelectorAll('.old, .outline-rows, .blank-text').length === 0 && document.querySelector('.plot canvas, .chart-table') !== null",
  );
}

async function untilDetails(page: Page): Promise<void> {
  await page.getByRole("dialog").locator("tbody tr").nth(5).waitFor();
  await untilNumbers(page);
}

async function untilSites(page: Page): Promise<void> {
  await page.locator(".sites tbody tr .visitors [title]").nth(3).waitFor();
  await page.waitForFunction("document.querySelectorAll('.sites.old').length === 0");
}

async function untilGoals(page: Page): Promise<void> {
  await untilNumbers(page);
  await page.getByText("Goals", { exact: true }).click();
  await page.getByRole("link", { name: "Read the docs" }).first().waitFor();
  await untilNumbers(page);
  await page.getByRole("button", { name: "Goals…" }).scrollIntoViewIfNeeded();
}

/** Points at the day of the last annotation. */
async function untilAnnotation(page: Page): Promise<void> {
  await untilNumbers(page);
  const plot = page.locator(".plot .u-over");
  const { width = 0, height = 0 } = (await plot.boundingBox()) ?? {};
  const x = (width * (DAYS - LAST_ANNOTATION_DAYS_AGO)) / (DAYS - 1);
  await plot.hover({ position: { x, y: height / 2 } });
  await page.locator(".tip .marks").waitFor();
}

/** Sends more events, then fewer, while the page reads. */
async function untilReadings(page: Page): Promise<void> {
  await page.getByRole("region", { name: "Threads" }).locator("tbody tr").first().waitFor();
  await page.getByRole("button", { name: "Drop these" }).waitFor();
  for (let reading = 0; reading < READINGS; reading += 1) {
    const events = Array.from({ length: 20 + 15 * (reading % 4) }, (_, number) => ({
      site_id: "tide.example",
      event_type: "page_view",
      path: "/",
      user_id: `user-${number}`,
      timestamp: new Date().toISOString(),
    }));
    await page.request.post(new URL("/events", page.url()).href, { data: events });
    await page.waitForResponse((response) => response.url().endsWith("/status"));
  }
}

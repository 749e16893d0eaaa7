import type { Page } from "playwright-core";

export interface PicturedView {
  readonly name: string;
  /** After the address of the engine. */
  readonly path: string;
  /** Whether the picture has all of the page, not only what a screen shows. */
  readonly isWhole: boolean;
  /** Resolves when the page shows what the picture is of. */
  readonly ready: (page: Page) => Promise<unknown>;
}

export interface Look {
  readonly name: string;
  readonly colorScheme: "light" | "dark";
  readonly width: number;
  readonly height: number;
}

export const LOOKS: readonly Look[] = [
  { name: "light", colorScheme: "light", width: 1_280, height: 860 },
  { name: "dark", colorScheme: "dark", width: 1_280, height: 860 },
  { name: "small-light", colorScheme: "light", width: 390, height: 844 },
  { name: "small-dark", colorScheme: "dark", width: 390, height: 844 },
];

const SITE = "/?site=paperboat.example";

export const VIEWS: readonly PicturedView[] = [
  { name: "site", path: `${SITE}&period=91d`, isWhole: true, ready: untilNumbers },
  {
    name: "filtered",
    path: `${SITE}&period=6mo&f=is,visit:country,DE&f=is_not,visit:device,tablet&metric=visits`,
    isWhole: false,
    ready: untilNumbers,
  },
  {
    name: "details",
    path: `${SITE}&details=event:page`,
    isWhole: false,
    ready: async (page) => {
      await page.getByRole("dialog").locator("tbody tr").nth(5).waitFor();
      await untilNumbers(page);
    },
  },
  {
    name: "sign-in",
    path: "/#sign-in",
    isWhole: false,
    ready: async (page) => await page.getByRole("heading", { name: "Sign in" }).waitFor(),
  },
];

/** Waits until no number is missing or of a question before. */
async function untilNumbers(page: Page): Promise<void> {
  await page.locator(".total-value[title]").first().waitFor();
  await page.waitForFunction(
    "document.querySelectorAll('.old, .outline-rows, .blank-text').length === 0 && document.querySelector('.plot canvas, .chart-table') !== null",
  );
}

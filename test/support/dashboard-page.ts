import { expect } from "bun:test";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { eventually } from "./eventually.ts";

/** A page of a browser of its own, and what went wrong in it: exceptions, errors of the console, violations of the policy. */
export interface WatchedPage extends AsyncDisposable {
  readonly page: Page;
  readonly problems: readonly string[];
}

export async function openPage(
  browser: Browser,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const context = await browser.newContext({ locale: "en-GB", timezoneId: "UTC", ...options });
  const page = await context.newPage();
  const problems: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") problems.push(message.text());
  });
  page.on("pageerror", (error) => problems.push(error.message));
  return { page, problems, [Symbol.asyncDispose]: async () => await context.close() };
}

/** Returns the six numbers by name, when they are there. */
export async function totalsOn(page: Page): Promise<Readonly<Record<string, string>>> {
  await untilQuiet(page);
  const entries = await page
    .locator(".total")
    .evaluateAll((totals) =>
      totals.map((total) => [
        total.querySelector(".total-name")?.textContent ?? "",
        total.querySelector(".total-value")?.getAttribute("title") ?? "",
      ]),
    );
  return Object.fromEntries(entries);
}

/** Returns the values and first numbers of a card, when they are there. */
export async function rowsOf(page: Page, card: string): Promise<readonly (readonly string[])[]> {
  await untilQuiet(page);
  const rows = page.getByRole("region", { name: card, exact: true }).locator("tbody tr");
  return await rows.evaluateAll((all) =>
    all.map((row) => [
      row.querySelector(".value")?.getAttribute("title") ?? "",
      row.querySelector(".number")?.textContent ?? "",
    ]),
  );
}

/** Waits until no number is missing or of a question before. */
export async function untilQuiet(page: Page): Promise<void> {
  await page.locator(".total-value[title]").first().waitFor();
  const unfinished = page.locator(".old, .outline-rows, .blank-text");
  await eventually(async () => expect(await unfinished.count()).toBe(0));
  expect(await page.locator(".plot canvas, .chart-table").count()).toBe(1);
}

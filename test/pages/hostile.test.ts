import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Browser } from "playwright-core";
import { runQueueflow } from "../cli/run-queueflow.ts";
import { ask } from "../support/api-client.ts";
import { BROWSER_START_MS_MAX, openBrowser } from "../support/chromium.ts";
import { openPage, untilQuiet, type WatchedPage } from "../support/dashboard-page.ts";
import { untilDrained, useEngine } from "../support/engine-servers.ts";

const TIMEOUT_MS = 180_000;
const SITE = `<script>document.title="owned"</script>`;
const VALUES = [
  `"><img src=x onerror="document.title='owned'">`,
  `javascript:document.title='owned'`,
  "=HYPERLINK(1)",
  "\u202egnp.exe مرحبا",
  "👩‍👩‍👧‍👦 Z̷̢̛͖a̶l̸g̷o̸",
  "bell \u0007 escape \u001b[31m tab \t line \n end",
  "w".repeat(250),
];
/** Dimensions with the field of an event that has their values. */
const LISTS: readonly (readonly [dimension: string, field: string])[] = [
  ["event:page", "path"],
  ["visit:entry_page", "path"],
  ["visit:exit_page", "path"],
  ["event:hostname", "hostname"],
  ["event:name", "event_type"],
  ["event:props:a<b", "property"],
  ["visit:source", "utm_source"],
  ["visit:utm_source", "utm_source"],
  ["visit:utm_medium", "utm_medium"],
  ["visit:utm_campaign", "utm_campaign"],
  ["visit:utm_content", "utm_content"],
  ["visit:utm_term", "utm_term"],
  ["visit:referrer", "referrer"],
  ["visit:device", "device"],
  ["visit:browser", "browser"],
  ["visit:os", "os"],
  ["event:goal", "goal"],
];
/** The engine takes no such values of these, but an older database may have them. */
const CHECKED = ["visit:country", "visit:screen", "visit:language"];
const file = useEngine({ INGEST_WORKERS: "1", CONSUMER_WORKERS: "1" });
let browser: Browser;

beforeAll(async () => {
  browser = await openBrowser();
  const events = VALUES.map((value, number) => ({
    site_id: SITE,
    user_id: `user ${value}`,
    timestamp: new Date(Date.parse("2026-01-10T10:00:00Z") + number * 60_000),
    event_type: typeOf(value),
    ...Object.fromEntries(
      ["path", "hostname", "utm_source", "utm_medium", "utm_campaign", "utm_content"].map(
        (name) => [name, value],
      ),
    ),
    ...Object.fromEntries(
      ["utm_term", "referrer", "device", "browser", "os", "title"].map((name) => [name, value]),
    ),
    properties: { "a<b": value },
  }));
  const { body } = await ask(file.engine, "/events?strict=true", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(events),
  });
  expect(body).toMatchObject({ accepted: VALUES.length });
  await untilDrained(file.servers);
  const env = { ...file.servers.env, API_PORT: String(file.engine.port) };
  for (const value of VALUES) {
    const filters = JSON.stringify([["is", "event:page", [value]]]);
    const { exitCode } = await runQueueflow(["goals", "set", SITE, value, "--filters", filters], {
      env,
    });
    expect(exitCode).toBe(0);
  }
}, BROWSER_START_MS_MAX);
afterAll(async () => await browser?.close(), TIMEOUT_MS);

/** A type has at most 64 bytes. */
function typeOf(value: string): string {
  return Buffer.from(value).length > 64 ? value.slice(0, 10) : value;
}

function urlOf(dimension: string): string {
  const parameters = new URLSearchParams({
    site: SITE,
    period: "2026-01-09..2026-01-11",
    details: dimension,
  });
  return `${file.engine.url}/?${parameters.toString()}`;
}

test.each(LISTS)(
  "values of %s are shown as they are, and as chips",
  async (dimension, field) => {
    await using opened = await openPage(browser, { viewport: { width: 800, height: 900 } });
    const expected = field === "event_type" ? VALUES.map(typeOf) : VALUES;
    await expectShown(opened, dimension, expected);
  },
  TIMEOUT_MS,
);

test.each(CHECKED)(
  "any text of %s is shown as it is",
  async (dimension) => {
    await using opened = await openPage(browser, { viewport: { width: 800, height: 900 } });
    // Of visits by another field, which takes any text.
    await opened.page.route("**/query", async (route) => {
      const asked = route.request().postData() ?? "";
      await route.continue({ postData: asked.replaceAll(dimension, "visit:entry_page") });
    });
    await expectShown(opened, dimension, VALUES);
  },
  TIMEOUT_MS,
);

async function expectShown(
  { page, problems }: WatchedPage,
  dimension: string,
  expected: readonly string[],
): Promise<void> {
  await page.goto(urlOf(dimension));
  const rows = page.getByRole("dialog").locator("tbody .value");
  await rows.first().waitFor();
  const shown = await rows.evaluateAll((all) => all.map((row) => row.getAttribute("title") ?? ""));
  expect(new Set(shown)).toEqual(new Set(expected));

  const [first = ""] = expected;
  await rows.nth(shown.indexOf(first)).click();
  await untilQuiet(page);
  expect(await page.locator(".chip-text strong").innerText()).toBe(first);
  await page.reload();
  await untilQuiet(page);
  expect(await page.locator(".chip-text strong").innerText()).toBe(first);
  expect(await page.locator(".site-menu h1").innerText()).toBe(SITE);
  expect(await page.title()).not.toBe("owned");
  const overflow = await page.evaluate("document.documentElement.scrollWidth - innerWidth");
  expect(overflow).toBeLessThanOrEqual(0);
  expect(problems).toEqual([]);
}

test(
  "no cell of a file is run by a spreadsheet",
  async () => {
    await using opened = await openPage(browser);
    const { page } = opened;
    await page.goto(urlOf("event:page"));
    const downloading = page.waitForEvent("download");
    await page.getByRole("dialog").getByRole("button", { name: "CSV" }).click();
    const text = await Bun.file(await (await downloading).path()).text();
    expect(text).toContain("'=HYPERLINK(1)");
    expect(text).not.toMatch(/^"?[=+@]/m);
    for (const value of VALUES) expect(text).toContain(value.replaceAll('"', '""'));
  },
  TIMEOUT_MS,
);

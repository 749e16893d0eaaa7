import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import { runQueueflow } from "../cli/run-queueflow.ts";
import { ask, sendEvent } from "../support/api-client.ts";
import { BROWSER_START_MS_MAX, openBrowser } from "../support/chromium.ts";
import { useEngine } from "../support/engine-servers.ts";
import { eventually } from "../support/eventually.ts";
import { sampleBody } from "../support/sample-event.ts";

const TIMEOUT_MS = 120_000;
const SITE = "signed.example";
const file = useEngine({ INGEST_WORKERS: "1", CONSUMER_WORKERS: "1" });
let browser: Browser;
let readKey = "";

async function queueflow(...args: readonly string[]): Promise<string> {
  const { stdout } = await runQueueflow(args, {
    env: { ...file.servers.env, API_PORT: String(file.engine.port) },
  });
  return stdout.trim();
}

beforeAll(async () => {
  browser = await openBrowser();
  expect((await sendEvent(file.engine, sampleBody({ site_id: SITE }))).status).toBe(202);
  readKey = await queueflow("keys", "create", "--read", "--yes");
}, BROWSER_START_MS_MAX + TIMEOUT_MS);
afterAll(async () => await browser?.close(), TIMEOUT_MS);

/** With cookies of its own. */
async function withPage(
  work: (page: Page) => Promise<void>,
  { locale = "en" }: { locale?: string } = {},
): Promise<void> {
  const context = await browser.newContext({ locale });
  await work(await context.newPage());
  await context.close();
}

async function cookieOf(page: Page) {
  const [cookie] = await page.context().cookies();
  return cookie;
}

describe("the page asks to sign in", () => {
  test(
    "with a key, by keyboard alone, and returns to the same address",
    async () => {
      await withPage(async (page) => {
        const address = `${file.engine.url}/?site=${SITE}`;
        await page.goto(address);
        await page.getByRole("heading", { name: "Sign in" }).waitFor();
        await page.keyboard.type("qf_r_wrong");
        await page.keyboard.press("Enter");
        await page.getByText("That is no key").waitFor();
        await page.getByLabel("Read or admin key").fill(readKey);
        await page.keyboard.press("Enter");
        await page.getByText("Signed in to read every site").waitFor();
        await eventually(() => expect(page.url()).toBe(address));
        expect(await cookieOf(page)).toMatchObject({ httpOnly: true, sameSite: "Lax" });
      });
    },
    TIMEOUT_MS,
  );

  test.each([
    "?next=https://evil.example/",
    "?next=//evil.example&returnTo=javascript:alert(1)",
    "?site=https://evil.example/",
  ])(
    "and stays on its own origin at %s",
    async (search) => {
      await withPage(async (page) => {
        const hosts = new Set<string>();
        page.on("framenavigated", (frame) => hosts.add(new URL(frame.url()).origin));
        await page.goto(`${file.engine.url}/${search}#sign-in`);
        await page.getByLabel("Read or admin key").fill(readKey);
        await page.keyboard.press("Enter");
        await page.locator(".signed-in").waitFor();
        expect([...hosts]).toEqual([file.engine.url]);
      });
    },
    TIMEOUT_MS,
  );

  test(
    "in German",
    async () => {
      await withPage(
        async (page) => {
          await page.goto(file.engine.url);
          await page.getByRole("heading", { name: "Anmelden" }).waitFor();
        },
        { locale: "de-AT" },
      );
    },
    TIMEOUT_MS,
  );
});

test(
  "a link signs in once, and leaves the address bar",
  async () => {
    const link = await queueflow("dashboard");
    expect(link).toStartWith(`${file.engine.url}/#token=`);
    await withPage(async (page) => {
      await page.goto(link);
      await page.getByText("Signed in to administer every site").waitFor();
      await eventually(() => expect(page.url()).toBe(`${file.engine.url}/`));
      await page.getByRole("button", { name: "Sign out" }).click();
      await page.getByRole("heading", { name: "Sign in" }).waitFor();
      expect(await cookieOf(page)).toBeUndefined();
      // In the same tab, only the fragment changes.
      await page.goto(link);
      await page.getByText("This link was used already").waitFor();
      await eventually(() => expect(page.url()).toBe(`${file.engine.url}/`));
    });
  },
  TIMEOUT_MS,
);

test(
  "a session that ends leads to the form, and back to the view",
  async () => {
    await withPage(async (page) => {
      await page.goto(await queueflow("dashboard"));
      await page.getByText("Signed in to administer every site").waitFor();
      const address = `${file.engine.url}/?site=${SITE}&period=2026-01-10..2026-01-12`;
      await page.goto(address);
      await page.getByRole("button", { name: "Share" }).waitFor();
      // Nothing is clicked in the page: its session ends in another tab.
      const other = await page.context().newPage();
      await other.goto(file.engine.url);
      await other.getByRole("button", { name: "Sign out" }).click();
      await other.getByRole("heading", { name: "Sign in" }).waitFor();

      await page.getByRole("heading", { name: "Sign in" }).waitFor();
      expect(await page.locator(".total-value").count()).toBe(0);
      await page.getByLabel("Read or admin key").fill(readKey);
      await page.keyboard.press("Enter");
      await page.getByText("Signed in to read every site").waitFor();
      await page.locator(".total-value[title]").first().waitFor();
      expect(page.url()).toBe(address);
      expect(await page.getByRole("button", { name: /Share|Annotate/ }).count()).toBe(0);
    });
  },
  TIMEOUT_MS,
);

test(
  "a page of another origin changes nothing by the session",
  async () => {
    // Another port is the same site, so that the browser sends the cookie.
    using evil = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: () => new Response("<!doctype html>", { headers: { "Content-Type": "text/html" } }),
    });
    await withPage(async (page) => {
      await page.goto(await queueflow("dashboard"));
      await page.getByText("Signed in to administer every site").waitFor();
      await page.goto(`http://127.0.0.1:${evil.port}/`);
      const target = `${file.engine.url}/sites`;
      const outcomes = await page.evaluate(async (url) => {
        const body = JSON.stringify({ site_id: "stolen.example" });
        const asked: RequestInit[] = [
          { method: "POST", mode: "no-cors", credentials: "include", body },
          {
            method: "POST",
            credentials: "include",
            headers: { "Content-Type": "application/json" },
            body,
          },
          { credentials: "include" },
        ];
        return await Promise.all(
          asked.map(async (init) =>
            fetch(url, init).then(
              ({ status }) => status,
              () => "failed",
            ),
          ),
        );
      }, target);
      expect(outcomes).toEqual(["failed", "failed", "failed"]);
      const cookie = await cookieOf(page);
      const headers = { Cookie: `${cookie?.name}=${cookie?.value}` };
      expect((await ask(file.engine, "/sites", { headers })).body).toEqual({ sites: [] });
    });
  },
  TIMEOUT_MS,
);

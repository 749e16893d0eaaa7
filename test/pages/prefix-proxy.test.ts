import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import { type FrontProxy, NGINX_PATH, startNginx } from "../attack/front-proxies.ts";
import { runQueueflow } from "../cli/run-queueflow.ts";
import { openAccessKeys } from "../support/access-keys.ts";
import { sendEvent } from "../support/api-client.ts";
import { BROWSER_START_MS_MAX, openBrowser } from "../support/chromium.ts";
import { DASHBOARD_DATES, sendDashboardEvents } from "../support/dashboard-events.ts";
import { openPage, totalsOn, untilQuiet, type WatchedPage } from "../support/dashboard-page.ts";
import { untilDrained, useEngine } from "../support/engine-servers.ts";
import { eventually } from "../support/eventually.ts";
import { sampleBody } from "../support/sample-event.ts";
import { testPort } from "../support/test-port.ts";

const TIMEOUT_MS = 120_000;
const BASE = "/stats";
const file = useEngine({ INGEST_WORKERS: "1", CONSUMER_WORKERS: "1", BASE_PATH: BASE });
const period = `&period=${DASHBOARD_DATES}`;
const ownerPort = testPort();
let browser: Browser;
let readKey = "";

beforeAll(async () => {
  if (NGINX_PATH === undefined) return;
  browser = await openBrowser();
  await using keys = openAccessKeys(file.servers);
  readKey = (await keys.create("read")).text;
  // With a single site, the page of all sites shows that one.
  await sendDashboardEvents(file.engine, "other.example");
}, BROWSER_START_MS_MAX + TIMEOUT_MS);
afterAll(async () => await browser?.close(), TIMEOUT_MS);

/** Anything outside of the prefix is a 404, which a page reports as a problem. */
describe.skipIf(NGINX_PATH === undefined).each([
  ["passes the prefix on", `location ${BASE}/ { proxy_pass http://engine; }`, "passed.example"],
  ["takes the prefix off", `location ${BASE}/ { proxy_pass http://engine/; }`, "taken.example"],
] as const)("behind nginx that %s", (_, location, site) => {
  let proxy: FrontProxy | undefined;
  let base = "";

  beforeAll(async () => {
    const locations = `${location} location / { return 404; }`;
    proxy = await startNginx(NGINX_PATH ?? "", file.engine.port, locations);
    base = `http://127.0.0.1:${proxy.port}${BASE}/`;
    await sendDashboardEvents(file.engine, site);
    await untilDrained(file.servers);
    await using keys = openAccessKeys(file.servers);
    await keys.addSite(site, { origins: [`http://127.0.0.1:${ownerPort}`] });
  }, TIMEOUT_MS);
  afterAll(async () => await proxy?.[Symbol.asyncDispose]());

  async function queueflow(...args: readonly string[]): Promise<string> {
    const env = { ...file.servers.env, API_PORT: String(file.engine.port) };
    const { stdout, stderr } = await runQueueflow([...args, "--url", base], { env });
    expect(stderr).toBe("");
    return stdout.trim();
  }

  async function openAsAdmin(): Promise<WatchedPage> {
    const opened = await openPage(browser);
    const link = await queueflow("dashboard");
    expect(link).toStartWith(`${base}#token=`);
    await opened.page.goto(link);
    await opened.page.getByText("Signed in to administer every site").waitFor();
    return opened;
  }

  const openSite = async (page: Page, more = "") => {
    await page.goto(`${base}?site=${site}${period}${more}`);
    await untilQuiet(page);
  };

  test(
    "a key signs in, and signing out ends it",
    async () => {
      await using opened = await openPage(browser);
      const { page } = opened;
      await page.goto(`${base}?site=${site}${period}`);
      await page.getByLabel("Read or admin key").fill(readKey);
      await page.keyboard.press("Enter");
      await page.getByText("Signed in to read every site").waitFor();
      expect((await totalsOn(page))["Visitors"]).toBe("60");
      const cookies = async () => (await page.context().cookies()).map(({ path }) => path);
      expect(await cookies()).toEqual([`${BASE}/`]);
      await page.reload();
      await page.getByRole("button", { name: "Sign out" }).click();
      await page.getByRole("heading", { name: "Sign in" }).waitFor();
      expect(await cookies()).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    "a link of the command signs in, and all sites are shown",
    async () => {
      await using opened = await openAsAdmin();
      const { page, problems } = opened;
      await eventually(() => expect(page.url()).toBe(base));
      await page.goto(`${base}?period=${DASHBOARD_DATES}`);
      await page.getByRole("link", { name: site }).click();
      expect((await totalsOn(page))["Visitors"]).toBe("60");
      await eventually(() => expect(page.url()).toStartWith(`${base}?site=${site}`));
      expect(problems).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    "an administrator adds a goal",
    async () => {
      await using opened = await openAsAdmin();
      const { page } = opened;
      await openSite(page);
      await page.getByText("Goals", { exact: true }).click();
      await page.getByRole("button", { name: "Goals…" }).click();
      await page.getByLabel("Name of the event").fill("signup");
      await page.getByRole("button", { name: "Add goal" }).click();
      await page.getByRole("button", { name: "Remove signup" }).waitFor();
    },
    TIMEOUT_MS,
  );

  test(
    "a new public link shows the site, also in a frame",
    async () => {
      await using opened = await openAsAdmin();
      const { page } = opened;
      await openSite(page);
      await page.getByRole("button", { name: "Share" }).click();
      await page.getByLabel("Who is it for?").fill("friends");
      await page.keyboard.press("Enter");
      const link = await page.getByLabel("The link, shown only now", { exact: true }).inputValue();
      expect(link).toStartWith(`${base}share?link=`);
      await expectShared(link);
      const frame = await page
        .getByLabel("For a frame in the site's own pages", { exact: true })
        .inputValue();
      expect(frame).toContain(`src="${base}embed?link=`);
      await expectEmbedded(frame);
    },
    TIMEOUT_MS,
  );

  test(
    "a public link of the command shows the site",
    async () => {
      const link = await queueflow("share", "create", site);
      expect(link).toStartWith(`${base}share?link=`);
      await expectShared(link);
    },
    TIMEOUT_MS,
  );

  async function expectShared(link: string): Promise<void> {
    await using visitor = await openPage(browser);
    await visitor.page.goto(link + period);
    expect((await totalsOn(visitor.page))["Visitors"]).toBe("60");
    await eventually(() => expect(visitor.page.url()).toStartWith(link));
    expect(visitor.problems).toEqual([]);
  }

  async function expectEmbedded(frame: string): Promise<void> {
    const html = `<!doctype html><title>Owner</title><link rel="icon" href="data:,">${frame}`;
    const headers = { "Content-Type": "text/html" };
    using owner = Bun.serve({
      port: ownerPort,
      hostname: "127.0.0.1",
      fetch: () => new Response(html, { headers }),
    });
    await using visitor = await openPage(browser);
    await visitor.page.goto(owner.url.href);
    const shown = visitor.page.frameLocator("iframe");
    await shown.locator(".total-value[title]").first().waitFor();
    expect(visitor.problems).toEqual([]);
  }

  test(
    "an added site shows its script and its first event",
    async () => {
      await using opened = await openAsAdmin();
      const { page, problems } = opened;
      const added = `new.${site}`;
      await page.goto(`${base}?add`);
      await page.getByLabel("Domain or other name in events").fill(added);
      await page.getByRole("button", { name: "Continue" }).click();
      await page.getByText("Waiting for the first event").waitFor();
      await eventually(() => expect(page.url()).toBe(`${base}?site=${added}`));
      const tag = `<script defer data-site="${added}" src="${base}script.js"></script>`;
      expect(await page.locator("pre").innerText()).toBe(tag);

      const event = sampleBody({ site_id: added, timestamp: new Date().toISOString() });
      expect((await sendEvent({ url: base.slice(0, -1) }, event)).status).toBe(202);
      await page.getByText("The first event has arrived").waitFor();
      await page.getByRole("link", { name: "Show the numbers" }).click();
      await page.getByRole("button", { name: "1 visitor now" }).waitFor();
      expect(problems).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    "the pipeline is one click away, and live",
    async () => {
      await using opened = await openAsAdmin();
      const { page, problems } = opened;
      await openSite(page);
      await page.getByRole("link", { name: "Pipeline" }).click();
      await page.getByRole("heading", { name: "Pipeline" }).waitFor();
      await page.getByText("All is well").waitFor();
      await eventually(() => expect(page.url()).toBe(`${base}?pipeline`));
      expect(problems).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    "a list is given as a file",
    async () => {
      await using opened = await openAsAdmin();
      const { page, problems } = opened;
      await openSite(page, "&details=event:page");
      const downloading = page.waitForEvent("download");
      await page.getByRole("dialog").getByRole("button", { name: "CSV" }).click();
      const text = await Bun.file(await (await downloading).path()).text();
      expect(text).toStartWith("event:page,visitors,");
      expect(problems).toEqual([]);
    },
    TIMEOUT_MS,
  );
});

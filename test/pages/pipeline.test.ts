import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import { runQueueflow } from "../cli/run-queueflow.ts";
import { openAccessKeys } from "../support/access-keys.ts";
import { sendEvent } from "../support/api-client.ts";
import { axeFindings } from "../support/axe-findings.ts";
import { BROWSER_START_MS_MAX, openBrowser } from "../support/chromium.ts";
import { openPage } from "../support/dashboard-page.ts";
import { setAside } from "../support/dead-letters.ts";
import { untilDrained, useEngine } from "../support/engine-servers.ts";
import { eventually } from "../support/eventually.ts";
import { sampleBody } from "../support/sample-event.ts";

const TIMEOUT_MS = 120_000;
const POLLED_MS = 2_000;
const SITE = "pipeline.example";
const HOSTILE = `<img src=x onerror="document.title='owned'"> مرحبا 🎉`;
const file = useEngine({ INGEST_WORKERS: "1", CONSUMER_WORKERS: "1" });
let browser: Browser;
let admin = "";
let reader = "";

beforeAll(async () => {
  browser = await openBrowser();
  await using keys = openAccessKeys(file.servers);
  admin = (await keys.create("admin")).text;
  reader = (await keys.create("read")).text;
}, BROWSER_START_MS_MAX + TIMEOUT_MS);
afterAll(async () => await browser?.close(), TIMEOUT_MS);
beforeEach(async () => {
  await file.servers.sql`DELETE FROM dead_events`;
});

async function letters(count: number, more: Readonly<Record<string, string>> = {}) {
  const { event_id: _, ...fields } = sampleBody({ site_id: SITE }) as Record<string, string>;
  const ofEach = Array.from({ length: count }, (__, number) => ({
    ...fields,
    path: `/${number}`,
    timestamp: "yesterday",
    ...more,
  }));
  const { sql, key } = file.servers;
  await using keys = openAccessKeys(file.servers);
  const options = { stream: key.stream, reason: `Expected timestamp, got ${HOSTILE}` };
  return await setAside({ database: keys.servers.database, sql }, ofEach, options);
}

async function signIn(page: Page, key: string): Promise<void> {
  await page.goto(`${file.engine.url}/?pipeline#sign-in`);
  await page.getByLabel("Read or admin key").fill(key);
  await page.keyboard.press("Enter");
}

async function openPipeline(page: Page): Promise<void> {
  await signIn(page, admin);
  await page.getByRole("heading", { name: "Pipeline" }).waitFor();
  await page.getByRole("region", { name: "Threads" }).waitFor();
}

describe("the pipeline", () => {
  test(
    "shows what the command says, live",
    async () => {
      await using opened = await openPage(browser);
      const { page, problems } = opened;
      await openPipeline(page);
      await page.getByText("All is well").waitFor();
      await page.getByText("since this page was opened, at most five minutes").waitFor();
      await page.getByText("Of the process that answered.").waitFor();
      const { stdout } = await runQueueflow(["status", "--json"], {
        env: { ...file.servers.env, API_PORT: String(file.engine.port) },
      });
      const { redis, postgres } = JSON.parse(stdout);
      const servers = page.getByRole("region", { name: "Servers" });
      await servers.getByText(redis.address, { exact: true }).waitFor();
      await servers.getByText(`Up ${postgres.version}`).waitFor();
      const threads = page.getByRole("region", { name: "Threads" }).locator("tbody tr");
      expect(await threads.locator("th").allInnerTexts()).toEqual([
        "ingest-1",
        "report-1",
        "consumer-1",
        "packer",
        "reclaimer",
      ]);
      const ids = await letters(2);
      await page.getByRole("button", { name: new RegExp(`^${ids[0]} `) }).waitFor();
      await page.getByText("Table").click();
      const readings = page.getByRole("region", { name: "Table" }).locator("tbody tr");
      await eventually(async () => expect(await readings.count()).toBeGreaterThan(2));
      expect(problems).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    "asks nothing while it is hidden",
    async () => {
      await using opened = await openPage(browser);
      const { page } = opened;
      await page.clock.install();
      await openPipeline(page);
      let asked = 0;
      page.on("request", (request) => {
        if (request.url().endsWith("/status")) asked += 1;
      });
      const show = async (state: string) =>
        await page.evaluate(`
          Object.defineProperty(document, "visibilityState", { value: "${state}", configurable: true });
          document.dispatchEvent(new Event("visibilitychange"));`);
      await show("hidden");
      // A reading that was on its way is the last one.
      await page.clock.runFor(POLLED_MS);
      const before = asked;
      await page.clock.runFor(10 * POLLED_MS);
      expect(asked).toBe(before);
      await show("visible");
      await eventually(() => expect(asked).toBeGreaterThan(before));
    },
    TIMEOUT_MS,
  );

  test(
    "says when it lost the engine, and recovers by itself",
    async () => {
      await using opened = await openPage(browser);
      const { page } = opened;
      await openPipeline(page);
      await page.route(/\/(?:status|health\/live)$/, async (route) => await route.abort());
      await page.getByRole("status").getByText("The engine does not answer").waitFor();
      await page.getByRole("region", { name: "Threads" }).waitFor();
      await page.unrouteAll();
      await page.getByText("All is well").waitFor();
    },
    TIMEOUT_MS,
  );

  test(
    "is closed to a key that only reads",
    async () => {
      await using opened = await openPage(browser);
      await signIn(opened.page, reader);
      await opened.page.getByText("Expected an admin key, got a read key").waitFor();
      expect(await opened.page.getByRole("link", { name: "Pipeline" }).count()).toBe(0);
    },
    TIMEOUT_MS,
  );

  test(
    "is linked from a site, for its administrator",
    async () => {
      await using opened = await openPage(browser);
      const { page } = opened;
      await openPipeline(page);
      expect((await sendEvent(file.engine, sampleBody({ site_id: SITE }))).status).toBe(202);
      await untilDrained(file.servers);
      await page.goto(`${file.engine.url}/?site=${SITE}`);
      await page.getByRole("link", { name: "Pipeline" }).click();
      await page.getByRole("heading", { name: "Pipeline" }).waitFor();
    },
    TIMEOUT_MS,
  );
});

describe("a dead letter", () => {
  test(
    "is corrected and sent again, by keyboard alone",
    async () => {
      await using opened = await openPage(browser);
      const { page, problems } = opened;
      const [id = ""] = await letters(1);
      await openPipeline(page);
      await page.getByRole("button", { name: new RegExp(`^${id} `) }).focus();
      await page.keyboard.press("Enter");
      await page.getByLabel("timestamp").focus();
      await page.keyboard.press("Enter");
      await page.getByRole("alert").getByText("Expected timestamp to be").waitFor();
      await page.getByLabel("timestamp").fill("2026-01-15T12:00:00Z");
      await page.keyboard.press("Enter");
      await page.getByText("1 sent again.").waitFor();
      await page.getByText("Every event could be stored.").waitFor();
      await untilDrained(file.servers);
      const stored = await file.servers.sql`
        SELECT path FROM events WHERE site_id = ${SITE} AND timestamp = '2026-01-15T12:00:00Z'`;
      expect(stored.map(({ path }) => path)).toEqual(["/0"]);
      expect(await page.title()).not.toBe("owned");
      expect(problems).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    "is dropped only by a second click",
    async () => {
      await using opened = await openPage(browser);
      const { page } = opened;
      const ids = await letters(3);
      await openPipeline(page);
      await page.getByRole("button", { name: new RegExp(`^${ids[2]} `) }).click();
      await page.getByRole("button", { name: `Drop ${ids[2]}` }).click();
      expect(await file.servers.sql`SELECT FROM dead_events`).toHaveLength(3);
      await page.getByRole("button", { name: "Drop for good?" }).click();
      await page.getByText("1 dropped.").waitFor();
      expect(await file.servers.sql`SELECT FROM dead_events`).toHaveLength(2);
      await page.getByRole("button", { name: "Drop these" }).click();
      await page.getByRole("button", { name: "Drop 2 for good?" }).click();
      await page.getByText("Every event could be stored.").waitFor();
      expect(await file.servers.sql`SELECT FROM dead_events`).toHaveLength(0);
    },
    TIMEOUT_MS,
  );

  test(
    "that somebody else has dropped is said to be gone",
    async () => {
      await using opened = await openPage(browser);
      const { page } = opened;
      const ids = await letters(2);
      await openPipeline(page);
      await page.getByRole("button", { name: "Retry these" }).waitFor();
      const answer = await fetch(`${file.engine.url}/dead-letters/drop`, {
        method: "POST",
        headers: { Authorization: `Bearer ${admin}`, "Content-Type": "application/json" },
        body: JSON.stringify({ ids }),
      });
      expect(await answer.json()).toEqual({ dropped: 2, begun: [], missing: [] });
      await page.getByRole("button", { name: "Retry these" }).click();
      await page.getByText("2 gone already: somebody else retried or dropped them.").waitFor();
    },
    TIMEOUT_MS,
  );

  test(
    "whose retry has begun can only be completed",
    async () => {
      await using opened = await openPage(browser);
      const { page } = opened;
      const [id = ""] = await letters(1);
      const begun = { ...(sampleBody({ site_id: SITE, path: "/begun" }) as object) };
      await file.servers
        .sql`UPDATE dead_events SET retry_fields = ${JSON.stringify(begun)}::text::json`;
      await openPipeline(page);
      await page.getByRole("button", { name: new RegExp(`^${id} `) }).click();
      await page.getByText("A retry of these values has begun.").waitFor();
      expect(await page.getByLabel("timestamp").count()).toBe(0);
      expect(await page.getByRole("button", { name: `Drop ${id}` }).isDisabled()).toBeTrue();
      await page.getByRole("button", { name: `Retry ${id}` }).click();
      await page.getByText("1 sent again.").waitFor();
    },
    TIMEOUT_MS,
  );
});

test(
  "a key is created, shown once and revoked",
  async () => {
    await using opened = await openPage(browser);
    const { page } = opened;
    await openPipeline(page);
    const form = page.getByRole("form", { name: "New key" });
    await form.getByLabel("Kind").selectOption("Browser");
    await form.getByLabel("Site").fill("keys.example");
    await form.getByLabel("Label").fill("the shop's pages");
    await form.getByRole("button", { name: "Create key" }).click();
    await page.getByText("This key closes").waitFor();
    await page.getByRole("button", { name: "Create it all the same" }).click();
    const shown = page.getByLabel("The new key. It is shown only now.");
    const text = await shown.inputValue();
    expect(text).toMatch(/^qf_b_/);
    const [stored] = await file.servers.sql`
      SELECT label, site_id, revoked_at FROM site_keys WHERE kind = 'browser'`;
    expect(stored).toMatchObject({ label: "the shop's pages", site_id: "keys.example" });
    await page.reload();
    const revoke = page.getByRole("button", { name: "Revoke the shop's pages" });
    await revoke.click();
    await page.getByRole("button", { name: "Revoke for good?" }).click();
    await page.getByText("Ended keys (1)").waitFor();
    expect(await page.content()).not.toContain(text);
    const [revoked] = await file.servers.sql`
      SELECT revoked_at FROM site_keys WHERE kind = 'browser'`;
    expect(revoked?.["revoked_at"]).not.toBeNull();
  },
  TIMEOUT_MS,
);

test(
  "a key ends and is limited as asked, and is deleted then",
  async () => {
    await using opened = await openPage(browser);
    const { page, problems } = opened;
    await openPipeline(page);
    const form = page.getByRole("form", { name: "New key" });
    await form.getByLabel("Kind").selectOption("Read");
    await form.getByLabel("Label").fill("x".repeat(201));
    await form.getByLabel("Ends on, if ever").fill("2099-12-31");
    await form.getByText("Limits, if wanted").click();
    await form.getByLabel("Requests a second").fill("7");
    const create = form.getByRole("button", { name: "Create key" });
    await create.click();
    const label = form.getByLabel("Label");
    expect(await label.evaluate((input) => Reflect.get(input, "validationMessage"))).toBe(
      "This is too long: 201 bytes of at most 200. Letters beyond a to z take two to four.",
    );
    await label.fill("é".repeat(100));
    await create.click();
    await page.getByLabel("The new key. It is shown only now.").waitFor();
    const [stored] = await file.servers.sql`
      SELECT label, limits, expires_at FROM site_keys WHERE label LIKE 'é%'`;
    expect(stored).toMatchObject({
      label: "é".repeat(100),
      limits: { requests_per_second: 7 },
      expires_at: new Date("2099-12-31T00:00:00Z"),
    });
    await page.getByText("Requests a second: 7").waitFor();
    await page.getByRole("button", { name: "Revoke é" }).click();
    await page.getByRole("button", { name: "Revoke for good?" }).click();
    await page.getByText(/^Ended keys/).click();
    await page.getByRole("button", { name: "Delete é" }).click();
    await page.getByRole("button", { name: "Delete for good?" }).click();
    await page.getByRole("button", { name: "Delete é" }).waitFor({ state: "detached" });
    expect(await file.servers.sql`SELECT FROM site_keys WHERE label LIKE 'é%'`).toHaveLength(0);
    expect(problems).toEqual([]);
  },
  TIMEOUT_MS,
);

test(
  "thousands of keys are searched, and few are shown",
  async () => {
    await file.servers.sql`
      INSERT INTO site_keys (site_id, key_id, kind, hash, label)
      SELECT 'many-' || n || '.example', 'many' || n, 'write', sha256(n::text::bytea), 'shop ' || n
      FROM generate_series(1, 2000) n`;
    try {
      await using opened = await openPage(browser);
      const { page } = opened;
      await openPipeline(page);
      const keys = page.getByRole("region", { name: "Keys" });
      await keys.getByText(/^100 of 2,0/).waitFor();
      expect(await keys.locator("li").count()).toBeLessThanOrEqual(200);
      await keys.getByLabel("Search: Keys").fill("many-1234.example");
      await keys.getByText("1 of 1").waitFor();
      await keys.getByText("shop 1234", { exact: true }).first().waitFor();
      expect(await axeFindings(page)).toEqual([]);
    } finally {
      await file.servers.sql`DELETE FROM site_keys WHERE key_id LIKE 'many%'`;
    }
  },
  TIMEOUT_MS,
);

test(
  "the pipeline is in German",
  async () => {
    await using opened = await openPage(browser, { locale: "de-DE" });
    const { page } = opened;
    await page.goto(`${file.engine.url}/?pipeline`);
    await page.getByLabel("Lese- oder Admin-Schlüssel").fill(admin);
    await page.keyboard.press("Enter");
    await page.getByText("Alles in Ordnung").waitFor();
    await page.getByRole("heading", { name: "Nicht speicherbare Ereignisse" }).waitFor();
  },
  TIMEOUT_MS,
);

describe("axe finds nothing", () => {
  test.each([
    ["light", 1_280],
    ["dark", 1_280],
    ["light", 360],
    ["dark", 360],
  ] as const)(
    "on the pipeline in %s colours, %d pixels wide",
    async (colorScheme, width) => {
      await using opened = await openPage(browser, {
        colorScheme,
        viewport: { width, height: 800 },
        reducedMotion: "reduce",
      });
      const { page } = opened;
      const ids = await letters(3);
      await openPipeline(page);
      await page.getByRole("button", { name: new RegExp(`^${ids[1]} `) }).click();
      await page.getByText("Table").click();
      await page.getByLabel("timestamp").waitFor();
      expect(await axeFindings(page)).toEqual([]);
      expect(
        await page.evaluate("document.documentElement.scrollWidth - innerWidth"),
      ).toBeLessThanOrEqual(0);
    },
    TIMEOUT_MS,
  );
});

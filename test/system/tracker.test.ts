import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { BROWSER_START_MS_MAX, openBrowser, openUndebugged } from "../support/chromium.ts";
import { eventually } from "../support/eventually.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import {
  type Collector,
  EVENTS,
  openCollector,
  openTrackedSite,
  SITE,
  type TrackedSite,
} from "../support/tracked-site.ts";

const TIMEOUT_MS = 60_000;
/** Playwright starts Chromium without it. */
const WITH_BACK_FORWARD_CACHE = ["--disable-back-forward-cache"];
/** Keeps calls until the script has loaded. */
const STUB = `<script>
  window.queueflow = window.queueflow || function () { (queueflow.q = queueflow.q || []).push(arguments) };
  queueflow("early");
</script>`;

let browser: Browser;
let context: BrowserContext;
let page: Page;
let collector: Collector;
let site: TrackedSite;

beforeAll(async () => {
  browser = await openBrowser([SITE, EVENTS], { unset: WITH_BACK_FORWARD_CACHE });
}, BROWSER_START_MS_MAX);
afterAll(async () => await browser?.close(), TIMEOUT_MS);
beforeEach(async () => {
  collector = openCollector();
  site = openTrackedSite(collector.origin);
  context = await browser.newContext();
  page = await context.newPage();
}, TIMEOUT_MS);
afterEach(async () => {
  await context.close();
  await site[Symbol.asyncDispose]();
  await collector[Symbol.asyncDispose]();
}, TIMEOUT_MS);

/** Shows a page with the script, and opens it. */
async function open(path: string, attributes = "", body = ""): Promise<void> {
  showPage(path, attributes, body);
  await page.goto(site.origin + path);
}

function showPage(path: string, attributes = "", body = ""): void {
  const [withoutHash = ""] = path.split("#");
  const title = `<title>Title of ${withoutHash}</title>`;
  site.show(withoutHash, { html: `<!doctype html>${title}${site.tag(attributes)}${body}` });
}

/** What was sent: the type of each event, and the path of its page with the hash that was sent. */
function sent(): readonly string[] {
  return collector.beacons.map(({ event }) => {
    const { event_type: type, url, path = URL.parse(String(url))?.pathname } = event;
    return [type, path].join(" ");
  });
}

async function untilSent(...expected: string[]): Promise<void> {
  await eventually(() => expect(sent()).toEqual(expected));
}

/** Evaluated in a page, makes it hidden or shown, as it is in another tab. */
function hide(isHidden: boolean): string {
  const change = isHidden
    ? `Object.defineProperty(document, "hidden", { value: true, configurable: true })`
    : "delete document.hidden";
  return `${change}; document.dispatchEvent(new Event("visibilitychange", { bubbles: true }))`;
}

/** Sends an event that shows that nothing else was sent before. */
async function untilOnlySent(...expected: string[]): Promise<void> {
  await page.evaluate("queueflow('last')");
  await eventually(() => expect(sent().at(-1)).toStartWith("last"));
  expect(sent().slice(0, -1)).toEqual(expected);
}

describe("the script on a page of another origin", () => {
  test(
    "sends a page view without a preflight or a cookie",
    async () => {
      await open("/pricing", `data-key="qf_b_1"`);
      await untilSent("page_view /pricing");
      const [{ event, contentType, query } = { event: {}, contentType: "", query: "" }] =
        collector.beacons;
      expect(event).toEqual({
        site_id: SITE,
        event_type: "page_view",
        url: `${site.origin}/pricing`,
        referrer: "",
        title: "Title of /pricing",
        screen: expect.stringMatching(/^\d+x\d+$/),
        event_id: expect.stringMatching(/^[\d.]{20,}$/),
      });
      expect({ contentType, query }).toEqual({
        contentType: "text/plain;charset=UTF-8",
        query: "?key=qf_b_1",
      });
      expect(await context.cookies()).toEqual([]);
      expect(await page.evaluate("localStorage.length + sessionStorage.length")).toBe(0);
    },
    TIMEOUT_MS,
  );

  test(
    "counts each path of a single-page application once",
    async () => {
      await open("/");
      await untilSent("page_view /");
      await page.evaluate(`
        history.pushState(null, "", "/a?page=2");
        document.title = "A";
        history.replaceState(null, "", "/a?page=3");
        history.pushState(null, "", "#part");
      `);
      await untilSent("page_view /", "page_view /a");
      await page.evaluate("history.replaceState(null, '', '/b')");
      await untilSent("page_view /", "page_view /a", "page_view /b");
      await page.evaluate("history.go(-2)");
      await untilSent("page_view /", "page_view /a", "page_view /b", "page_view /");
      const [first, second, third] = collector.beacons.map(({ event }) => event);
      expect(second?.["title"]).toBe("A");
      expect([second?.["referrer"], third?.["referrer"]]).toEqual([
        first?.["url"],
        second?.["url"],
      ]);
    },
    TIMEOUT_MS,
  );

  test(
    "counts hashes by option, and never sends them without",
    async () => {
      await open("/app#/one", "data-hash");
      await page.evaluate("location.hash = '/two'");
      await untilSent("page_view /app#/one", "page_view /app#/two");
      await open("/other#token", `data-hash="false"`);
      await page.evaluate("location.hash = 'secret'");
      await untilOnlySent("page_view /app#/one", "page_view /app#/two", "page_view /other");
      expect(JSON.stringify(collector.beacons.slice(2))).not.toMatch(/token|secret/);
    },
    TIMEOUT_MS,
  );

  test(
    "sends events of the page, also those from before it loaded",
    async () => {
      await open("/", "", STUB);
      await page.evaluate("queueflow('signup', { plan: 'pro', seats: 3 })");
      await untilSent("page_view /", "early /", "signup /");
      expect(collector.beacons[2]?.event["properties"]).toEqual({ plan: "pro", seats: 3 });
    },
    TIMEOUT_MS,
  );

  test(
    "drops properties that make the body too long",
    async () => {
      await open("/");
      await page.evaluate("queueflow('big', { text: 'é'.repeat(33_000) })");
      await untilSent("page_view /", "big /");
      expect(collector.beacons[1]?.event).not.toHaveProperty("properties");
    },
    TIMEOUT_MS,
  );

  test(
    "lets a function of the page change or stop each event",
    async () => {
      const change = `<script>function change(event) {
        event.url = event.url.replace(/users.*/, "users/id");
        event.user_id = "ann";
        return event.event_type !== "secret";
      }</script>`;
      await open("/users/42", `data-before-send="change"`, change);
      await page.evaluate("queueflow('secret'); history.pushState(null, '', '/users/43')");
      await untilSent("page_view /users/id", "page_view /users/id");
      expect(collector.beacons[0]?.event).toMatchObject({ user_id: "ann", site_id: SITE });
      await open("/without", `data-before-send="missing"`);
      await untilOnlySent("page_view /users/id", "page_view /users/id", "page_view /without");
    },
    TIMEOUT_MS,
  );

  test(
    "keeps an error of that function from the page's router",
    async () => {
      const broken = `<script>function broken() { throw new Error("broken") }</script>`;
      await open("/", `data-before-send="broken"`, broken);
      await page.evaluate(`
        history.pushState(null, "", "/lost");
        history.pushState(null, "", "/next");
        window.broken = undefined;
      `);
      await untilSent("page_view /next");
    },
    TIMEOUT_MS,
  );

  test(
    "takes an address of the engine that ends with a slash",
    async () => {
      await open("/", `data-api="${site.eventsOrigin}/"`);
      await untilSent("page_view /");
    },
    TIMEOUT_MS,
  );

  test(
    "sends no event without a name, which would be a page view",
    async () => {
      await open("/", "", "<button data-queueflow-event>No</button>");
      await page.click("button");
      await page.evaluate("queueflow(); queueflow('')");
      await page.evaluate("document.dispatchEvent(new Event('click'))");
      await untilOnlySent("page_view /");
    },
    TIMEOUT_MS,
  );

  test(
    "counts once when it is loaded twice",
    async () => {
      await open("/", "", site.tag());
      await untilOnlySent("page_view /");
    },
    TIMEOUT_MS,
  );
});

describe("clicks", () => {
  test(
    "are sent for elements that name an event",
    async () => {
      const button = `<button data-queueflow-event="buy" data-queueflow-prop-plan="pro"><b>Buy</b></button>`;
      await open("/", "", button);
      await page.click("b");
      await untilSent("page_view /", "buy /");
      expect(collector.beacons[1]?.event["properties"]).toEqual({ plan: "pro" });
    },
    TIMEOUT_MS,
  );

  test(
    "are sent for outbound links and files by option",
    async () => {
      const links = `<a id="out" href="http://${EVENTS}/x?y=1">Out</a> <a id="own" href="/own">Own</a>
        <a id="file" href="/guide.PDF">Guide</a> <a id="named" href="/export" download>Export</a>
        <a id="mail" href="mailto:a@b.example">Mail</a>`;
      const stay = `<script>addEventListener("click", (event) => event.preventDefault())</script>`;
      await open("/", "data-outbound data-downloads", links + stay);
      for (const id of ["out", "own", "file", "named", "mail"]) await page.click(`#${id}`);
      await page.click("#out", { button: "right" });
      await untilOnlySent("page_view /", "outbound_click /", "file_download /", "file_download /");
      const urls = collector.beacons.map(({ event }) => event["properties"]).slice(1, -1);
      expect(urls).toEqual([
        { url: `http://${EVENTS}/x?y=1` },
        { url: `${site.origin}/guide.PDF` },
        { url: `${site.origin}/export` },
      ]);
      await open("/without", "", links + stay);
      await page.click("#out");
      await eventually(() => expect(sent().at(-1)).toBe("page_view /without"));
      await untilOnlySent(...sent());
    },
    TIMEOUT_MS,
  );
});

describe("a page that is left", () => {
  test(
    "sends how long it was looked at, once more after a return",
    async () => {
      await open("/", "data-engagement");
      await untilSent("page_view /");
      await page.evaluate(hide(true));
      await untilSent("page_view /", "engagement /");
      await page.evaluate(hide(true));
      await page.evaluate(hide(false));
      await page.goto("about:blank");
      await untilSent("page_view /", "engagement /", "engagement /");
      for (const { event } of collector.beacons.slice(1)) {
        expect(event["engaged_ms"]).toBeWithin(1, TIMEOUT_MS);
      }
    },
    TIMEOUT_MS,
  );

  test(
    "sends its last view and its time when it closes",
    async () => {
      await open("/", "data-engagement");
      await untilSent("page_view /");
      await page.evaluate("history.pushState(null, '', '/last')");
      await page.close();
      await eventually(() => {
        expect(sent().toSorted()).toEqual([
          "engagement /",
          "engagement /last",
          "page_view /",
          "page_view /last",
        ]);
      });
    },
    TIMEOUT_MS,
  );

  test(
    "is counted again from the back/forward cache",
    async () => {
      await open("/one");
      await untilSent("page_view /one");
      await page.evaluate("window.isKept = true");
      await open("/two");
      await untilSent("page_view /one", "page_view /two");
      await page.goBack({ waitUntil: "commit" });
      expect(await page.evaluate("window.isKept")).toBe(true);
      await untilSent("page_view /one", "page_view /two", "page_view /one");
      await untilOnlySent("page_view /one", "page_view /two", "page_view /one");
    },
    TIMEOUT_MS,
  );
});

test(
  "counts a page in another tab once it is shown",
  async () => {
    showPage("/");
    await context.addInitScript(hide(true));
    await page.goto(`${site.origin}/`);
    await page.evaluate("queueflow('early'); history.pushState(null, '', '/later')");
    await untilSent("early /");
    await page.evaluate(hide(false));
    await untilSent("early /", "page_view /later");
    await page.evaluate(hide(true));
    await page.evaluate(hide(false));
    await untilOnlySent("early /", "page_view /later");
  },
  TIMEOUT_MS,
);

test(
  "counts a prerendered page once it is shown",
  async () => {
    const report = `<script>if (document.prerendering) fetch("${site.eventsOrigin}/collect", {
      method: "POST", body: JSON.stringify({ event_type: "prerendered", url: location.href }) })</script>`;
    showPage("/next", "", STUB + report);
    showPage("/never", "", STUB + report);
    showPage(
      "/",
      "",
      `<script type="speculationrules">{"prerender":[{"urls":["/next","/never"],"eagerness":"immediate"}]}</script>
      <script>setInterval(async () => { if ((await fetch("/go")).ok) location.href = "/next" }, 50)</script>`,
    );
    await using _ = await openUndebugged(`${site.origin}/`, [SITE, EVENTS]);
    const before = ["page_view /", "prerendered /never", "prerendered /next"];
    await eventually(() => expect(sent().toSorted()).toEqual(before));
    site.show("/go", { html: "" });
    await eventually(() => {
      expect(sent().slice(before.length)).toEqual(["page_view /next", "early /next"]);
    });
  },
  TIMEOUT_MS,
);

describe("a network that fails", () => {
  test(
    "gets the event again, with its id, once it is back",
    async () => {
      await open("/");
      await untilSent("page_view /");
      await context.setOffline(true);
      const failed = page.waitForEvent("requestfailed");
      await page.evaluate("queueflow('offline')");
      await failed;
      await page.evaluate("history.pushState(null, '', '/two')");
      expect(sent()).toHaveLength(1);
      await context.setOffline(false);
      await eventually(() =>
        expect(sent().toSorted()).toEqual(["offline /", "page_view /", "page_view /two"]),
      );
      const late = collector.beacons.find(({ event }) => event["event_type"] === "offline");
      expect(late?.event["at_ms_ago"]).toBeWithin(0, TIMEOUT_MS);
    },
    TIMEOUT_MS,
  );

  test(
    "gets a view that was blocked while the page loaded",
    async () => {
      await context.route("**/collect", async (route) => await route.abort());
      const blocked = page.waitForEvent("requestfailed");
      await open("/");
      await blocked;
      await context.unroute("**/collect");
      await untilSent("page_view /");
      expect(collector.beacons[0]?.event["at_ms_ago"]).toBeWithin(1, TIMEOUT_MS);
    },
    TIMEOUT_MS,
  );

  test(
    "gets an event twice with one id after a 503",
    async () => {
      collector.isOverloaded = true;
      const refused = page.waitForResponse((response) => response.status() === 503);
      await open("/");
      const request = (await refused).request().postData() ?? "";
      collector.isOverloaded = false;
      await untilSent("page_view /");
      const [beacon] = collector.beacons;
      expect(beacon?.event["event_id"]).toBe(JSON.parse(request).event_id);
      expect(beacon?.event["at_ms_ago"]).toBeWithin(1, TIMEOUT_MS);
    },
    TIMEOUT_MS,
  );
});

describe("a page that restricts scripts", () => {
  test(
    "with a strict Content-Security-Policy reports no violation",
    async () => {
      const problems: string[] = [];
      page.on("console", (message) => problems.push(message.text()));
      page.on("pageerror", (error) => problems.push(error.message));
      const policy = `default-src 'none'; script-src ${site.eventsOrigin}; connect-src ${site.eventsOrigin}; img-src 'self'; require-trusted-types-for 'script'`;
      site.show("/", {
        html: `<!doctype html>${site.tag("data-engagement")}`,
        headers: { "Content-Security-Policy": policy },
      });
      await page.goto(site.origin);
      await untilOnlySent("page_view /");
      await page.goto("about:blank");
      await untilSent("page_view /", "last /", "engagement /");
      expect(problems).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    "in a sandboxed frame without storage is counted",
    async () => {
      showPage("/framed");
      site.show("/", {
        html: `<!doctype html><iframe sandbox="allow-scripts" src="/framed"></iframe>`,
      });
      await page.goto(site.origin);
      await untilSent("page_view /framed");
    },
    TIMEOUT_MS,
  );

  test(
    "is not counted on a local host, unless by option",
    async () => {
      const { port } = new URL(site.origin);
      showPage("/");
      showPage("/counted", "data-local");
      await page.goto(`http://127.0.0.1:${port}/`);
      await page.goto(`http://127.0.0.1:${port}/counted`);
      await untilSent("page_view /counted");
      const folder = temporaryFolder("tracked");
      const file = join(folder, "page.html");
      for (const attributes of ["", "data-local"]) {
        await Bun.write(file, site.tag(attributes));
        await page.goto(`file://${file}`);
      }
      await untilOnlySent("page_view /counted", `page_view ${file}`);
    },
    TIMEOUT_MS,
  );

  test(
    "is not counted in a browser whose owner opts out",
    async () => {
      await open("/");
      await untilSent("page_view /");
      await page.evaluate("localStorage.queueflow_ignore = 'true'");
      await open("/ignored");
      await page.evaluate("queueflow('ignored'); delete localStorage.queueflow_ignore");
      await untilOnlySent("page_view /");
    },
    TIMEOUT_MS,
  );
});

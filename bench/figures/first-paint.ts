import type { Browser } from "playwright-core";
import { freePort } from "../../src/embedded/free-port.ts";
import { openBrowser } from "../../test/support/chromium.ts";
import {
  DASHBOARD_DATES,
  DASHBOARD_SITE,
  sendDashboardEvents,
} from "../../test/support/dashboard-events.ts";
import { untilQuiet } from "../../test/support/dashboard-page.ts";
import type { Bench } from "../bench.ts";
import { inTurn } from "../measure/in-turn.ts";
import type { Finding } from "../report/finding.ts";
import { KEY, startBenchEngine } from "../start-engine.ts";
import { emptyStream } from "../stream-state.ts";

/** Slow 4G and a middling phone, as Lighthouse has them. */
const NETWORK = {
  offline: false,
  latency: 150,
  downloadThroughput: (1_638.4 * 1_024) / 8,
  uploadThroughput: (750 * 1_024) / 8,
};
const CPU_SLOWDOWN = 4;
/** The browser resolves no names. */
const LOOPBACK = "127.0.0.1";
const PAINT_MS_MAX = 1_000;
const SIDES = ["dashboard", "one heading"] as const;

interface Shown {
  readonly firstPaintMs: number;
  /** Until every number is there. */
  readonly numbersMs: number;
}

/** Time until a phone paints the dashboard of a site, and until it shows its numbers. */
export async function firstPaint(bench: Bench): Promise<readonly Finding[]> {
  const { servers, options, placement, say } = bench;
  await using database = await servers.newDatabase();
  await emptyStream(servers.redis, KEY.stream);
  await using engine = await startBenchEngine(servers, {
    cores: placement.machine.server,
    databaseUrl: database.url,
    env: { API_PORT: String(freePort()) },
  });
  await sendDashboardEvents(engine);
  using plain = Bun.serve({
    hostname: LOOPBACK,
    port: 0,
    fetch: () => new Response(HEADING, { headers: HTML }),
  });
  await using browser = await openBrowser();
  const urls = {
    dashboard: `${engine.url}/?site=${DASHBOARD_SITE}&period=${DASHBOARD_DATES}`,
    "one heading": `http://${LOOPBACK}:${plain.port}/`,
  };
  const measure = async (side: (typeof SIDES)[number]) => {
    const shown = await openOnPhone(browser, urls[side], side === "dashboard");
    say(`${side}: ${JSON.stringify(shown)}`);
    return shown;
  };
  await measure("dashboard");
  const results = await inTurn(options.pairs, SIDES, measure);
  const baseline = {
    name: "a page of one heading",
    values: results("one heading").map(({ firstPaintMs }) => firstPaintMs),
  };
  return [
    {
      what: "first contentful paint, slow 4G, a quarter of the processor",
      unit: "ms",
      engine: results("dashboard").map(({ firstPaintMs }) => firstPaintMs),
      baseline,
      line: { of: "value", bound: "at most", limit: PAINT_MS_MAX },
    },
    {
      what: "until all numbers are shown",
      unit: "ms",
      engine: results("dashboard").map(({ numbersMs }) => numbersMs),
    },
  ];
}

const HTML = { "Content-Type": "text/html" };
const HEADING = "<!doctype html><title>Heading</title><h1>Heading</h1>";

/** Told some time after the paint. */
const FIRST_PAINT = `new Promise((resolve) => {
  new PerformanceObserver((list) => {
    const [paint] = list.getEntriesByName("first-contentful-paint");
    if (paint !== undefined) resolve(paint.startTime);
  }).observe({ type: "paint", buffered: true });
})`;

async function openOnPhone(browser: Browser, url: string, hasNumbers: boolean): Promise<Shown> {
  const context = await browser.newContext({ viewport: { width: 360, height: 740 } });
  try {
    const page = await context.newPage();
    const protocol = await context.newCDPSession(page);
    await protocol.send("Network.enable");
    await protocol.send("Network.emulateNetworkConditions", NETWORK);
    await protocol.send("Emulation.setCPUThrottlingRate", { rate: CPU_SLOWDOWN });
    await page.goto(url);
    if (hasNumbers) await untilQuiet(page);
    const numbersMs = await page.evaluate<number>("performance.now()");
    const firstPaintMs = await page.evaluate<number>(FIRST_PAINT);
    return { firstPaintMs, numbersMs };
  } finally {
    await context.close();
  }
}

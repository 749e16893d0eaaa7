import { expect } from "bun:test";
import { type Api, ask } from "./api-client.ts";

export const DASHBOARD_SITE = "shop.example";
/** Of the events below, as a page's URL names them. */
export const DASHBOARD_DATES = "2026-01-10..2026-01-12";
/** Values that a page must show as they are. */
export const HOSTILE_PATHS = [
  `/<img src=x onerror="document.title='owned'">`,
  "/مرحبا-بالعالم",
  "/🎉",
  `/${"long".repeat(500)}`,
  "/a,b\\c",
];
const PATHS = ["/", "/", "/pricing", "/blog", "/docs", ...HOSTILE_PATHS];
const COUNTRIES = ["DE", "DE", "FR", "US", undefined];
const REFERRERS = [undefined, "https://www.google.com/", "https://news.ycombinator.com/"];
const BROWSERS = ["Chrome", "Firefox", "Safari"];
const EVENTS = 400;
const MINUTES = 10;

/** Stores visits of three days, of 60 users. */
export async function sendDashboardEvents(api: Api, siteId = DASHBOARD_SITE): Promise<void> {
  const events = Array.from({ length: EVENTS }, (_, number) => {
    const user = (number * 7) % 60;
    const atMs = Date.parse("2026-01-10T00:05:00Z") + number * MINUTES * 60_000;
    return {
      site_id: siteId,
      event_type: number % 25 === 0 ? "signup" : "page_view",
      path: PATHS[(number * 3) % PATHS.length],
      user_id: `user-${user}`,
      timestamp: new Date(atMs).toISOString(),
      hostname: siteId,
      country: COUNTRIES[user % COUNTRIES.length],
      referrer: REFERRERS[user % REFERRERS.length],
      browser: BROWSERS[user % BROWSERS.length],
      properties: number % 25 === 0 ? { plan: user % 2 === 0 ? "pro" : "free" } : undefined,
    };
  });
  const { status } = await ask(api, "/events", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(events),
  });
  expect(status).toBe(202);
}

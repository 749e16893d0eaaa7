import { fail } from "k6";
import http, { type RefinedResponse } from "k6/http";
import { randomEvent, randomSite } from "./event.ts";
import { textSetting } from "./settings.ts";

const TARGET = textSetting("TARGET", "http://localhost:3000");

/** The engine accepts or refuses within a second; a request that takes longer than this hangs. */
export const REQUEST_TIMEOUT = "5s";

const EVENT_PARAMS = {
  headers: { "Content-Type": "application/json" },
  timeout: REQUEST_TIMEOUT,
  responseCallback: http.expectedStatuses(202),
};

const STATS_PARAMS = {
  timeout: REQUEST_TIMEOUT,
  responseCallback: http.expectedStatuses(200),
  // One name for all, or k6 would keep figures of every site.
  tags: { name: `${TARGET}/stats` },
};

/** Aborts the run with a reason when there is nothing to measure. */
export function requireReady(): void {
  const params = { responseCallback: http.expectedStatuses(200), timeout: REQUEST_TIMEOUT };
  const answer = http.get(`${TARGET}/health/ready`, params);
  if (answer.status === 200) return;
  fail(`Expected an engine that is ready at ${TARGET}, got ${answer.error || answer.status}`);
}

/** Sends an event like real traffic; `tags` mark its figures. */
export function postEvent(tags: Record<string, string> = {}): void {
  const body = JSON.stringify(randomEvent(Math.random, new Date()));
  http.post(`${TARGET}/event`, body, { ...EVENT_PARAMS, tags });
}

/** Reads today's numbers of a site, busy ones more often. */
export function readToday(): RefinedResponse<"none"> {
  const site = randomSite(Math.random);
  return http.get(`${TARGET}/stats?site_id=${site}`, { ...STATS_PARAMS, responseType: "none" });
}

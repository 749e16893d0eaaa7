import { scenario } from "k6/execution";
import http, { type RefinedParams, type RefinedResponse } from "k6/http";
import { type ClientEvent, randomEvent, siteName, skewedRank } from "./event.ts";
import {
  eventsAccepted,
  eventsFailed,
  eventsMissing,
  eventsSurplus,
  lagSamples,
  readsAnswered,
  readsFailed,
  storingLag,
} from "./metrics.ts";
import type { Plan } from "./plan.ts";
import type { Run } from "./run.ts";
import { ADDRESS } from "./setting-kinds.ts";
import { setting } from "./settings.ts";
import { countedStatus, isUnknown } from "./statuses.ts";

export const TARGET = setting("TARGET", ADDRESS, "http://localhost:3000");

/** The engine accepts or refuses within a second; a request that takes longer than this hangs. */
export const REQUEST_TIMEOUT_SECONDS = 5;
export const REQUEST_TIMEOUT = `${REQUEST_TIMEOUT_SECONDS}s`;
/** Longer than the timeout, so that k6 interrupts no request, which would be counted nowhere. */
export const GRACEFUL_STOP_SECONDS = REQUEST_TIMEOUT_SECONDS + 1;

/** For a request whose response body is read. The tag `name` keeps it out of the latencies. */
export const READ_PARAMS: RefinedParams<"text"> = {
  timeout: REQUEST_TIMEOUT,
  responseType: "text",
  responseCallback: http.expectedStatuses(200),
  tags: { name: "other" },
};

const EVENT_PARAMS = {
  headers: { "Content-Type": "application/json" },
  timeout: REQUEST_TIMEOUT,
  responseCallback: http.expectedStatuses(202),
  tags: { name: "events" },
};

/** Sends an event of now, and once a second reads how old the backlog is. */
export function sendEvent(run: Run, plan: Plan): void {
  postEvent(randomEvent(Math.random, new Date(), run.sites));
  sampleLagEachSecond(plan);
}

/** Sends an event once, and counts its outcome. Returns its latency in milliseconds if it was accepted. */
export function postEvent(event: ClientEvent): number | undefined {
  const { status, timings } = http.post(`${TARGET}/event`, JSON.stringify(event), EVENT_PARAMS);
  countEvent([status]);
  return status === 202 ? timings.duration : undefined;
}

/** Sends events in requests that are in flight together, at most `batchPerHost`. Returns their statuses. */
export function postTogether(events: readonly ClientEvent[]): readonly number[] {
  const requests = events.map((event) => ({
    method: "POST",
    url: `${TARGET}/event`,
    body: JSON.stringify(event),
    params: EVENT_PARAMS,
  }));
  return http.batch(requests).map(({ status }) => status);
}

/** Counts one event by the statuses of all requests that carried it. */
export function countEvent(statuses: readonly number[]): void {
  for (const status of statuses) {
    if (status !== 202) eventsFailed.add(1, { status: countedStatus(status) });
  }
  const isAccepted = statuses.includes(202);
  if (isAccepted) {
    eventsAccepted.add(1);
    eventsMissing.add(1);
  }
  if (isAccepted || statuses.some(isUnknown)) eventsSurplus.add(-1);
}

/** Reads a day that has events, of a busy site more often. */
export function readDay({ seeded, sites, day }: Run): void {
  const rank = seeded[skewedRank(seeded.length, 1, Math.random) - 1] ?? 1;
  const tags = { name: "reads" };
  const { status, body } = get(dayPath(siteName(rank, sites), day), { ...READ_PARAMS, tags });
  if (status === 200 && (viewsOf(body) ?? 0) > 0) readsAnswered.add(1);
  else readsFailed.add(1, { status: countedStatus(status) });
}

/** Reads how old the backlog is, in one iteration a second of each scenario. */
export function sampleLagEachSecond({ parts }: Plan): void {
  const part = parts.find(({ scenario: name }) => name === scenario.name);
  if (scenario.iterationInTest % (part?.rate ?? 1) === 0) sampleLag();
}

/** Returns the age of the oldest event that is not stored, in milliseconds, or undefined if the engine does not say. */
export function sampleLag(): number | undefined {
  const lagMs = readBacklog()?.lagMs;
  if (lagMs === undefined) return undefined;
  storingLag.add(lagMs);
  lagSamples.add(1);
  return lagMs;
}

export interface Backlog {
  readonly pending: number;
  readonly lagMs: number;
}

export function readBacklog(): Backlog | undefined {
  const { headers } = get("/stats?site_id=backlog.k6.example");
  // k6 changes header names to their canonical form.
  const pending = headers["X-Queueflow-Pending"];
  const lagMs = headers["X-Queueflow-Lag-Ms"];
  if (pending === undefined || lagMs === undefined) return undefined;
  return { pending: Number(pending), lagMs: Number(lagMs) };
}

export function get(path: string, params = READ_PARAMS): RefinedResponse<"text"> {
  return http.get(`${TARGET}${path}`, params);
}

export function dayPath(site: string, day: string): string {
  return `/stats?site_id=${site}&date=${day}`;
}

/** Returns the views in a response of `/stats`. Parsing the whole body would cost the generator more. */
export function viewsOf(body: string | null): number | undefined {
  const views = /"total_views":(\d+)/.exec(body ?? "")?.[1];
  return views === undefined ? undefined : Number(views);
}

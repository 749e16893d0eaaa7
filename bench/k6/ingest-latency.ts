import { fail } from "k6";
import http from "k6/http";
import type { Options } from "k6/options";
import { randomEvent } from "./event.ts";
import { countSetting, numberSetting, textSetting } from "./settings.ts";

/** Where the engine is. */
const TARGET = textSetting("TARGET", "http://localhost:3000");
/** Events a second, sent at that rate however slow the answers are. */
const RATE = countSetting("RATE", 1000);
const DURATION = textSetting("DURATION", "30s");
/** The SLA: what half, 95 % and 99 % of the answers must stay below, and the share that may fail. */
const P50_MS = numberSetting("P50_MS", 10);
const P95_MS = numberSetting("P95_MS", 25);
const P99_MS = numberSetting("P99_MS", 50);
const FAILURES_MAX = numberSetting("FAILURES_MAX", 0.001);
/** Requests in flight at most, which is what the generator's memory hangs on. */
const VUS_MAX = countSetting("VUS_MAX", 500);

/** Enough to hold the rate while every answer takes as long as the SLA allows the slowest. */
const VUS = Math.min(VUS_MAX, Math.max(10, Math.ceil((RATE * P99_MS) / 1000)));

/** The engine says within a second whether it accepts; what takes longer than this hangs. */
const REQUEST_TIMEOUT = "5s";

const EVENT_PARAMS = {
  headers: { "Content-Type": "application/json" },
  timeout: REQUEST_TIMEOUT,
  responseCallback: http.expectedStatuses(202),
};

/**
 * How late is the answer to `POST /event` at a constant rate? An open loop: a slow answer does not
 * hold the next request back, so that nothing hides it. k6 exits with 99 when the SLA is broken.
 */
export const options: Options = {
  scenarios: {
    ingest: {
      executor: "constant-arrival-rate",
      rate: RATE,
      timeUnit: "1s",
      duration: DURATION,
      preAllocatedVUs: VUS,
      maxVUs: VUS_MAX,
      gracefulStop: REQUEST_TIMEOUT,
    },
  },
  thresholds: {
    "http_req_duration{scenario:ingest}": [`p(50)<${P50_MS}`, `p(95)<${P95_MS}`, `p(99)<${P99_MS}`],
    "http_req_failed{scenario:ingest}": [`rate<=${FAILURES_MAX}`],
    // What could not be sent at its time has no latency: as a failure it counts here. More than this, and
    // the engine or the generator is beyond its limit.
    dropped_iterations: [`rate<=${RATE * FAILURES_MAX}`],
  },
  summaryTrendStats: ["min", "med", "avg", "p(95)", "p(99)", "max"],
  // The answer is one id; keeping it costs the generator more than the engine needs to make it.
  discardResponseBodies: true,
};

/** Ends the run at once, with the reason, when there is nothing to measure. */
export function setup(): void {
  const params = { responseCallback: http.expectedStatuses(200), timeout: REQUEST_TIMEOUT };
  const answer = http.get(`${TARGET}/health/ready`, params);
  if (answer.status === 200) return;
  fail(`Expected an engine that is ready at ${TARGET}, got ${answer.error || answer.status}`);
}

export default function sendEvent(): void {
  http.post(`${TARGET}/event`, JSON.stringify(randomEvent(Math.random, new Date())), EVENT_PARAMS);
}

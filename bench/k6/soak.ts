import { Trend } from "k6/metrics";
import type { Options } from "k6/options";
import { countSetting, numberSetting, textSetting } from "./settings.ts";
import { slaOf, TREND_STATS, unsentOf, virtualUsers } from "./sla.ts";
import { postEvent, REQUEST_TIMEOUT, readToday, requireReady } from "./target.ts";

/** Events per second, and the duration. */
const RATE = countSetting("RATE", 1000);
const DURATION = textSetting("DURATION", "1h");
/** Upper limit of the age of the oldest unstored entry in 99 % of the samples. */
const LAG_MS = numberSetting("LAG_MS", 1000);

/** Backlog according to `/stats`. It must not grow over time. */
const storingLag = new Trend("storing_lag", true);

/** Runs for hours at a constant rate, and reads the backlog every second. */
export const options: Options = {
  scenarios: {
    ingest: {
      executor: "constant-arrival-rate",
      rate: RATE,
      timeUnit: "1s",
      duration: DURATION,
      ...virtualUsers(RATE),
      gracefulStop: REQUEST_TIMEOUT,
    },
    watch: {
      executor: "constant-arrival-rate",
      exec: "watch",
      rate: 1,
      timeUnit: "1s",
      duration: DURATION,
      ...virtualUsers(1),
      gracefulStop: REQUEST_TIMEOUT,
    },
  },
  thresholds: {
    ...slaOf("ingest"),
    ...unsentOf(RATE),
    "http_req_failed{scenario:watch}": ["rate==0"],
    storing_lag: [`p(99)<${LAG_MS}`],
  },
  summaryTrendStats: TREND_STATS,
  discardResponseBodies: true,
};

export function setup(): void {
  requireReady();
}

export default function sendEvent(): void {
  postEvent();
}

export function watch(): void {
  // k6 changes header names to their canonical form.
  const lag = readToday().headers["X-Queueflow-Lag-Ms"];
  if (lag !== undefined) storingLag.add(Number(lag));
}

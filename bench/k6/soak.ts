import { Trend } from "k6/metrics";
import type { Options } from "k6/options";
import { countSetting, numberSetting, textSetting } from "./settings.ts";
import { slaOf, TREND_STATS, unsentOf, virtualUsers } from "./sla.ts";
import { postEvent, REQUEST_TIMEOUT, readToday, requireReady } from "./target.ts";

/** Events a second, for how long. */
const RATE = countSetting("RATE", 1000);
const DURATION = textSetting("DURATION", "1h");
/** What the age of the oldest entry not yet stored must stay below, in 99 % of the looks at it. */
const LAG_MS = numberSetting("LAG_MS", 1000);

/** As `/stats` says: how far storing is behind accepting. Over a long time it must not grow. */
const storingLag = new Trend("storing_lag", true);

/** Does it stay as it is for hours? The same rate all the time, and every second a look at the backlog. */
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
  // k6 gives names of headers a canonical form.
  const lag = readToday().headers["X-Queueflow-Lag-Ms"];
  if (lag !== undefined) storingLag.add(Number(lag));
}

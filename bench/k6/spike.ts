import type { Options } from "k6/options";
import { secondsOf } from "./duration.ts";
import { countSetting, numberSetting, textSetting } from "./settings.ts";
import { FAILURES_MAX, slaOf, TREND_STATS, virtualUsers } from "./sla.ts";
import { postEvent, REQUEST_TIMEOUT, requireReady } from "./target.ts";

/** Events per second before and after the spike, and during it. */
const RATE = countSetting("RATE", 1000);
const SPIKE_RATE = countSetting("SPIKE_RATE", 10 * RATE);
/** Duration before and after the spike, and of the spike. */
const DURATION = textSetting("DURATION", "30s");
const SPIKE_DURATION = textSetting("SPIKE_DURATION", "10s");
/** Upper limit of the 99th percentile during the spike: responses may be slow but must not fail. */
const SPIKE_P99_MS = numberSetting("SPIKE_P99_MS", 1000);

const QUIET_SECONDS = secondsOf(DURATION);
const SPIKE_SECONDS = secondsOf(SPIKE_DURATION);

/** Sends a sudden tenfold rate. The SLA must hold before and after it; responses may be slower during it. */
export const options: Options = {
  scenarios: {
    before: constantRate(RATE, DURATION, 0),
    spike: constantRate(SPIKE_RATE, SPIKE_DURATION, QUIET_SECONDS),
    after: constantRate(RATE, DURATION, QUIET_SECONDS + SPIKE_SECONDS),
  },
  thresholds: {
    ...slaOf("before"),
    ...slaOf("after"),
    "http_req_duration{scenario:spike}": [`p(99)<${SPIKE_P99_MS}`],
    "http_req_failed{scenario:spike}": [`rate<=${FAILURES_MAX}`],
    dropped_iterations: [
      `count<=${(2 * RATE * QUIET_SECONDS + SPIKE_RATE * SPIKE_SECONDS) * FAILURES_MAX}`,
    ],
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

function constantRate(rate: number, duration: string, startSeconds: number) {
  return {
    executor: "constant-arrival-rate",
    rate,
    timeUnit: "1s",
    duration,
    startTime: `${startSeconds}s`,
    ...virtualUsers(rate),
    gracefulStop: REQUEST_TIMEOUT,
  } as const;
}

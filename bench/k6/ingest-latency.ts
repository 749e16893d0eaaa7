import type { Options } from "k6/options";
import { countSetting, textSetting } from "./settings.ts";
import { slaOf, TREND_STATS, unsentOf, virtualUsers } from "./sla.ts";
import { postEvent, REQUEST_TIMEOUT, requireReady } from "./target.ts";

/** Events per second, independent of latency. */
const RATE = countSetting("RATE", 1000);
const DURATION = textSetting("DURATION", "30s");

/**
 * Latency of `POST /event` at a constant rate. An open loop: a slow response does not delay the next request. k6 exits with 99
 * when the SLA is violated.
 */
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
  },
  thresholds: { ...slaOf("ingest"), ...unsentOf(RATE) },
  summaryTrendStats: TREND_STATS,
  // Parsing the response costs the generator more than the engine needs to create it.
  discardResponseBodies: true,
};

export function setup(): void {
  requireReady();
}

export default function sendEvent(): void {
  postEvent();
}

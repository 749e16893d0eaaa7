import type { Options } from "k6/options";
import { countSetting, textSetting } from "./settings.ts";
import { slaOf, TREND_STATS, unsentOf, virtualUsers } from "./sla.ts";
import { postEvent, REQUEST_TIMEOUT, requireReady } from "./target.ts";

/** Events a second, sent at that rate however slow the answers are. */
const RATE = countSetting("RATE", 1000);
const DURATION = textSetting("DURATION", "30s");

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
      ...virtualUsers(RATE),
      gracefulStop: REQUEST_TIMEOUT,
    },
  },
  thresholds: { ...slaOf("ingest"), ...unsentOf(RATE) },
  summaryTrendStats: TREND_STATS,
  // The answer is one id; keeping it costs the generator more than the engine needs to make it.
  discardResponseBodies: true,
};

export function setup(): void {
  requireReady();
}

export default function sendEvent(): void {
  postEvent();
}

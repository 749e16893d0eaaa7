import type { Options } from "k6/options";
import { countSetting, textSetting } from "./settings.ts";
import { slaOf, TREND_STATS, unsentOf, virtualUsers } from "./sla.ts";
import { REQUEST_TIMEOUT, readToday, requireReady } from "./target.ts";

/** Reads per second. */
const READ_RATE = countSetting("READ_RATE", 200);
const DURATION = textSetting("DURATION", "30s");

/** Latency of `GET /stats` at a constant rate. Run another script first, because it needs events of today. */
export const options: Options = {
  scenarios: {
    read: {
      executor: "constant-arrival-rate",
      rate: READ_RATE,
      timeUnit: "1s",
      duration: DURATION,
      ...virtualUsers(READ_RATE),
      gracefulStop: REQUEST_TIMEOUT,
    },
  },
  thresholds: { ...slaOf("read"), ...unsentOf(READ_RATE) },
  summaryTrendStats: TREND_STATS,
  discardResponseBodies: true,
};

export function setup(): void {
  requireReady();
}

export default function readDay(): void {
  readToday();
}

import type { Options } from "k6/options";
import { countSetting, textSetting } from "./settings.ts";
import { slaOf, TREND_STATS, unsentOf, virtualUsers } from "./sla.ts";
import { postEvent, REQUEST_TIMEOUT, readToday, requireReady } from "./target.ts";

/** Events per second, and reads per second. */
const RATE = countSetting("RATE", 1000);
const READ_RATE = countSetting("READ_RATE", 200);
const DURATION = textSetting("DURATION", "30s");

/** Tests whether accepting and reading disturb each other: both at once, each with the whole SLA. */
export const options: Options = {
  scenarios: {
    ingest: constantRate(RATE, "sendEvent"),
    read: constantRate(READ_RATE, "readDay"),
  },
  thresholds: { ...slaOf("ingest"), ...slaOf("read"), ...unsentOf(RATE + READ_RATE) },
  summaryTrendStats: TREND_STATS,
  discardResponseBodies: true,
};

export function setup(): void {
  requireReady();
}

export function sendEvent(): void {
  postEvent();
}

export function readDay(): void {
  readToday();
}

function constantRate(rate: number, exec: string) {
  return {
    executor: "constant-arrival-rate",
    exec,
    rate,
    timeUnit: "1s",
    duration: DURATION,
    ...virtualUsers(rate),
    gracefulStop: REQUEST_TIMEOUT,
  } as const;
}

import { countSetting, numberSetting } from "./settings.ts";

/** Upper limits of the median, the 95th and the 99th percentile of the latency, and of the share of failures. */
const P50_MS = numberSetting("P50_MS", 10);
const P95_MS = numberSetting("P95_MS", 25);
export const P99_MS = numberSetting("P99_MS", 50);
export const FAILURES_MAX = numberSetting("FAILURES_MAX", 0.001);
/** Limits requests in flight, which determine the generator's memory. */
const VUS_MAX = countSetting("VUS_MAX", 500);

/** Shown in every summary. */
export const TREND_STATS = ["min", "med", "avg", "p(95)", "p(99)", "max"];

/** Returns the SLA as thresholds of one scenario; k6 exits with 99 when one is violated. */
export function slaOf(scenario: string): Record<string, string[]> {
  return {
    [`http_req_duration{scenario:${scenario}}`]: [
      `p(50)<${P50_MS}`,
      `p(95)<${P95_MS}`,
      `p(99)<${P99_MS}`,
    ],
    [`http_req_failed{scenario:${scenario}}`]: [`rate<=${FAILURES_MAX}`],
  };
}

/**
 * Accepted share of requests that could not be sent in time, over all scenarios. They have no latency and count as failures.
 * Beyond this share, the engine or the generator is overloaded.
 */
export function unsentOf(rate: number): Record<string, string[]> {
  return { dropped_iterations: [`rate<=${rate * FAILURES_MAX}`] };
}

/** Enough virtual users to keep the rate while every response takes the maximum of the SLA. */
export function virtualUsers(rate: number): { preAllocatedVUs: number; maxVUs: number } {
  const needed = Math.max(10, Math.ceil((rate * P99_MS) / 1000));
  return { preAllocatedVUs: Math.min(VUS_MAX, needed), maxVUs: VUS_MAX };
}

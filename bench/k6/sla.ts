import { countSetting, numberSetting } from "./settings.ts";

/** What half, 95 % and 99 % of the answers must stay below, and the share that may fail. */
const P50_MS = numberSetting("P50_MS", 10);
const P95_MS = numberSetting("P95_MS", 25);
export const P99_MS = numberSetting("P99_MS", 50);
export const FAILURES_MAX = numberSetting("FAILURES_MAX", 0.001);
/** Requests in flight at most, which is what the generator's memory hangs on. */
const VUS_MAX = countSetting("VUS_MAX", 500);

/** What is asked for most: every summary shows these. */
export const TREND_STATS = ["min", "med", "avg", "p(95)", "p(99)", "max"];

/** The SLA as thresholds on one scenario's requests; k6 exits with 99 when one is broken. */
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
 * The share of a rate that may go unsent, all scenarios together. What could not be sent at its time has no
 * latency: as a failure it counts here. More than this, and the engine or the generator is beyond its limit.
 */
export function unsentOf(rate: number): Record<string, string[]> {
  return { dropped_iterations: [`rate<=${rate * FAILURES_MAX}`] };
}

/** Enough virtual users to hold the rate while every answer takes as long as the SLA allows the slowest. */
export function virtualUsers(rate: number): { preAllocatedVUs: number; maxVUs: number } {
  const needed = Math.max(10, Math.ceil((rate * P99_MS) / 1000));
  return { preAllocatedVUs: Math.min(VUS_MAX, needed), maxVUs: VUS_MAX };
}

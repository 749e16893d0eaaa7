import type { Options, Scenario } from "k6/options";
import { limitsOf } from "./limits.ts";
import type { Part, Plan } from "./plan.ts";
import { GRACEFUL_STOP_SECONDS } from "./requests.ts";
import { VUS_MAX } from "./sla.ts";
import { SETUP_SECONDS_MAX } from "./start-run.ts";
import { STORED_WITHIN_SECONDS } from "./stored.ts";

/** Returns the options of k6 for a plan. */
export function optionsOf(plan: Plan): Options {
  return {
    scenarios: Object.fromEntries(plan.parts.map((part) => [part.scenario, scenarioOf(part)])),
    thresholds: Object.fromEntries(
      Object.entries(limitsOf(plan)).map(([metric, limits]) => [metric, [...limits]]),
    ),
    summaryTrendStats: ["p(50)", "p(95)", "p(99)", "max"],
    // Parsing responses costs the generator more than the engine needs to create them.
    discardResponseBodies: true,
    setupTimeout: `${plan.setupSecondsMax ?? SETUP_SECONDS_MAX}s`,
    teardownTimeout: `${STORED_WITHIN_SECONDS + 60}s`,
    batch: 20,
    batchPerHost: 20,
  };
}

function scenarioOf({ rate, seconds, startSeconds = 0, exec = "default", vus = VUS_MAX }: Part) {
  return {
    executor: "constant-arrival-rate",
    exec,
    rate,
    timeUnit: "1s",
    duration: `${seconds}s`,
    startTime: `${startSeconds}s`,
    preAllocatedVUs: vus,
    maxVUs: vus,
    gracefulStop: `${GRACEFUL_STOP_SECONDS}s`,
  } satisfies Scenario;
}

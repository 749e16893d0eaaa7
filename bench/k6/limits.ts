import {
  COUNTERS,
  type Limits,
  ofScenario,
  type Part,
  type Plan,
  plannedOf,
  type Threshold,
} from "./plan.ts";
import { FAILURES_MAX, LAG_MS, LATENCY } from "./sla.ts";
import { STATUSES } from "./statuses.ts";

/**
 * Returns the thresholds of a plan. Each latency has a count beside it, because a threshold of a percentile holds without samples.
 */
export function limitsOf({ parts, limits }: Plan): Limits {
  const all: Record<string, readonly Threshold[]> = {
    events_missing: ["count<=0"],
    events_surplus: ["count<=0"],
    days_unread: ["count<=0"],
    ...limits,
  };
  for (const part of parts) Object.assign(all, limitsOfPart(part));
  return all;
}

function limitsOfPart(part: Part): Limits {
  const { scenario, sends, seconds, latency = LATENCY, abortAtSeconds } = part;
  const of = (metric: string, tags?: string) => ofScenario(metric, scenario, tags);
  const failuresMax = Math.floor(plannedOf(part) * FAILURES_MAX);
  // k6 may begin one iteration more or less than planned.
  const succeededMin = plannedOf(part) - failuresMax - 1;
  const { succeeded, failed } = COUNTERS[sends];
  const aborting: Record<string, readonly string[]> = {
    [of("http_req_duration", `name:${sends},expected_response:true`)]: latency,
    [of("dropped_iterations")]: ["count<=0"],
    [of(failed)]: [`count<=${failuresMax}`],
  };
  if (part.limitsLag) aborting[of("storing_lag")] = [`p(95)<${LAG_MS}`];
  const others: Record<string, readonly string[]> = { [of(succeeded)]: [`count>=${succeededMin}`] };
  // k6 reports a tag only if a threshold names it. Their sum is limited above.
  for (const status of STATUSES) {
    others[of(failed, `status:${status}`)] = [`count<=${failuresMax}`];
  }
  // One sample a second.
  if (part.limitsLag) others[of("lag_samples")] = [`count>=${Math.ceil(seconds / 2)}`];
  if (abortAtSeconds === undefined) return { ...aborting, ...others };
  const delayAbortEval = `${abortAtSeconds}s`;
  return {
    ...others,
    ...Object.fromEntries(
      Object.entries(aborting).map(([metric, thresholds]) => [
        metric,
        thresholds.map((threshold) => ({ threshold, abortOnFail: true, delayAbortEval })),
      ]),
    ),
  };
}

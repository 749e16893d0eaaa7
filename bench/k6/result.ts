import { COUNTERS, ofScenario, type Part, type Plan, plannedOf } from "./plan.ts";
import { exceededLimits, reasonOf } from "./reasons.ts";
import { STATUSES } from "./statuses.ts";

/** The part of k6's data that is used here. */
export interface SummaryData {
  readonly metrics: Readonly<Record<string, Metric>>;
}

export interface Metric {
  readonly values: Readonly<Record<string, number>>;
  readonly thresholds?: Readonly<Record<string, { readonly ok: boolean }>>;
}

export interface Result {
  readonly script: string;
  /** Whether no limit was exceeded, which is when k6 exits with 0. */
  readonly held: boolean;
  readonly parts: readonly PartResult[];
  readonly accepted: number;
  readonly stored: number;
  /** Limits of the whole run that were exceeded. */
  readonly reasons: readonly string[];
}

export interface PartResult {
  readonly scenario: string;
  readonly sends: Part["sends"];
  readonly rate: number;
  readonly seconds: number;
  readonly planned: number;
  readonly offered: number;
  /** For reads, those that returned the events of a day. */
  readonly accepted: number;
  readonly dropped: number;
  /** By status. */
  readonly failed: Readonly<Record<string, number>>;
  readonly latencyMs: Readonly<Record<"p50" | "p95" | "p99", number>>;
  /** The 95th percentile, like the limit; undefined without samples. */
  readonly lagMs?: number;
  /** `cut` when k6 did not offer everything, and nothing was wrong with what it offered. */
  readonly outcome: "held" | "exceeded" | "cut" | "not run";
  readonly reasons: readonly string[];
}

/** Returns what a run measured, from the thresholds that k6 evaluated: the outcome is the one of k6's exit code. */
export function resultOf({ script, parts }: Plan, { metrics }: SummaryData): Result {
  const count = (metric: string) => metrics[metric]?.values["count"] ?? 0;
  const accepted = count("events_accepted");
  const exceeded = exceededLimits(metrics);
  return {
    script,
    held: exceeded.length === 0,
    parts: parts.map((part) => partResultOf(part, metrics)),
    accepted,
    stored: accepted - count("events_missing"),
    reasons: exceeded.filter(({ scenario }) => scenario === undefined).map(reasonOf),
  };
}

function partResultOf(part: Part, metrics: SummaryData["metrics"]): PartResult {
  const { scenario, sends, rate, seconds } = part;
  const valueOf = (metric: string, value: string, tags?: string) =>
    metrics[ofScenario(metric, scenario, tags)]?.values[value] ?? 0;
  const counters = COUNTERS[sends];
  const accepted = valueOf(counters.succeeded, "count");
  const dropped = valueOf("dropped_iterations", "count");
  const failed: Record<string, number> = {};
  for (const status of STATUSES) {
    const count = valueOf(counters.failed, "count", `status:${status}`);
    if (count > 0) failed[status] = count;
  }
  const latency = (percentile: string) =>
    valueOf("http_req_duration", percentile, `name:${sends},expected_response:true`);
  const ended = accepted + dropped + valueOf(counters.failed, "count");
  const exceeded = exceededLimits(metrics).filter((limit) => limit.scenario === scenario);
  return {
    scenario,
    sends,
    rate,
    seconds,
    planned: plannedOf(part),
    offered: Math.min(plannedOf(part), ended),
    accepted,
    dropped,
    failed,
    latencyMs: { p50: latency("p(50)"), p95: latency("p(95)"), p99: latency("p(99)") },
    ...(valueOf("lag_samples", "count") > 0 ? { lagMs: valueOf("storing_lag", "p(95)") } : {}),
    outcome: outcomeOf(),
    reasons: exceeded.map(reasonOf),
  };

  function outcomeOf(): PartResult["outcome"] {
    if (ended === 0) return "not run";
    // Further requests could not make these right, while a percentile of a part of the samples says little.
    const isCertain = exceeded.some(({ metric }) =>
      ["dropped_iterations", counters.failed].includes(metric),
    );
    if (!isCertain && ended < 0.99 * plannedOf(part) - 1) return "cut";
    return exceeded.length === 0 ? "held" : "exceeded";
  }
}

import { QueueFlowError } from "../../errors.ts";
import type { Buckets } from "./buckets.ts";
import type { Rate } from "./rate.ts";
import type { Subject } from "./subject.ts";

export type Unit = "events" | "requests";

/** What a request takes from one bucket. */
export interface Demand {
  readonly buckets: Buckets;
  readonly subject: Subject;
  readonly rate: Rate;
  readonly units: number;
  readonly unit: Unit;
  /** In an error, such as "this address". */
  readonly who: string;
}

/** @throws QueueFlowError `batch_over_limit` when a bucket never has so much. */
export function checkBursts(demands: readonly Demand[]): void {
  const over = demands.find(({ units, rate }) => units > rate.burst);
  if (over !== undefined) throw overLimit({ ...over, max: over.rate.burst, name: "burst" });
}

/**
 * Takes from all buckets, or from none.
 *
 * @throws QueueFlowError `rate_limited`, for the longest wait.
 */
export function takeAll(demands: readonly Demand[], nowMs: number): void {
  let longest: Demand | undefined;
  let longestMs = 0;
  for (const demand of demands) {
    const ms = demand.buckets.waitMs(demand.subject, demand, nowMs);
    if (ms <= longestMs) continue;
    longest = demand;
    longestMs = ms;
  }
  if (longest !== undefined) throw rateLimited(longest, longestMs);
  for (const demand of demands) demand.buckets.take(demand.subject, demand, nowMs);
}

export function giveBackAll(demands: readonly Demand[], nowMs: number): void {
  for (const { buckets, subject, rate, units } of demands) {
    buckets.take(subject, { rate, units: -units }, nowMs);
  }
}

export function overLimit({
  who,
  units,
  max,
  name,
}: {
  who: string;
  units: number;
  max: number;
  name: string;
}): QueueFlowError {
  const sentence = `Expected at most ${max} events in one request, the ${name} of ${who}, got ${units}`;
  return new QueueFlowError("batch_over_limit", sentence);
}

function rateLimited({ who, unit, rate }: Demand, ms: number): QueueFlowError {
  const { perSecond, burst } = rate;
  const sentence = `Expected at most ${perSecond} ${unit} a second from ${who}, in bursts of at most ${burst}`;
  return new QueueFlowError("rate_limited", sentence, { retryAfterS: Math.ceil(ms / 1_000) });
}

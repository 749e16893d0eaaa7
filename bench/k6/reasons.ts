import type { Metric } from "./result.ts";

/** A threshold that a run exceeded. */
export interface Exceeded {
  readonly metric: string;
  /** Undefined for a limit of the whole run. */
  readonly scenario: string | undefined;
  /** What is compared: a percentile, `count` or `value`. */
  readonly aspect: string;
  readonly limit: number;
  readonly measured: number;
  /** The tag `of`. */
  readonly of: string;
}

/** Returns the thresholds that a run exceeded, without those that follow from another. */
export function exceededLimits(metrics: Readonly<Record<string, Metric>>): readonly Exceeded[] {
  const all = Object.entries(metrics).flatMap(([key, { values, thresholds = {} }]) => {
    const [, metric = key, tagList = ""] = /^(\w+)\{(.*)\}$/.exec(key) ?? [];
    const tags = new Map(tagList.split(",").map((tag) => tagOf(tag)));
    // Their sum is limited.
    if (tags.has("status")) return [];
    return Object.entries(thresholds).flatMap(([threshold, { ok }]) => {
      const [, aspect = threshold, limit] = /^(.+?)[<>=]+(.+)$/.exec(threshold) ?? [];
      if (ok) return [];
      const measured = values[aspect] ?? 0;
      const [scenario, of = ""] = [tags.get("scenario"), tags.get("of")];
      return [{ metric, scenario, aspect, limit: Number(limit), measured, of }];
    });
  });
  return all.filter(({ metric, scenario }) => {
    const causes = CAUSES[metric] ?? [];
    return !all.some((other) => other.scenario === scenario && causes.includes(other.metric));
  });
}

function tagOf(text: string): readonly [string, string] {
  const [name = "", value = ""] = text.split(":", 2);
  return [name, value];
}

/** Too few succeeded because others failed or were dropped. */
const CAUSES: Readonly<Record<string, readonly string[]>> = {
  events_accepted: ["events_failed", "dropped_iterations"],
  reads_answered: ["reads_failed", "dropped_iterations"],
};

/** Returns a limit and what was measured, as a sentence without its full stop. */
export function reasonOf(exceeded: Exceeded): string {
  const { metric, aspect, measured, limit, of } = exceeded;
  const percentile = aspect.replace(/^p\((.+)\)$/, "p$1");
  switch (metric) {
    case "http_req_duration":
      return `${percentile} was ${milliseconds(measured)}, the limit is ${milliseconds(limit)}`;
    case "storing_lag":
      return `lag ${percentile} was ${milliseconds(measured)}, the limit is ${milliseconds(limit)}`;
    case "lag_samples":
      return `the lag was known ${grouped(measured)} times, expected at least ${grouped(limit)}`;
    case "dropped_iterations":
      return `${grouped(measured)} not sent in time, because every VU was busy or k6 too slow`;
    case "events_failed":
    case "reads_failed":
      return `${grouped(measured)} failed, the limit is ${grouped(limit)}`;
    case "events_accepted":
    case "reads_answered":
      return `${grouped(measured)} succeeded, expected at least ${grouped(limit)}`;
    case "events_missing":
      return `${grouped(measured)} accepted events are not stored`;
    case "events_surplus":
      return `${grouped(measured)} events are stored that were not sent, or stored twice`;
    case "days_unread":
      return `the stored events of ${grouped(measured)} days could not be read`;
    case "growth":
      return `the ${of} grew ${measured.toFixed(1)}-fold from the first to the last tenth, the limit is ${limit}-fold`;
    case "growth_samples":
      return `the first and the last tenth cannot be compared: no samples of ${of.replace("_", " ")}`;
    case "dead_letters_added":
      return `${grouped(measured)} dead letters were added`;
    default:
      return `${metric} ${aspect} was ${measured}, the limit is ${limit}`;
  }
}

export function milliseconds(ms: number): string {
  return `${ms < 100 ? ms.toFixed(1).replace(/\.0$/, "") : grouped(Math.round(ms))} ms`;
}

/** k6 has no `Intl`. */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}

import { isEventDimension, isTimeDimension } from "./dimensions.ts";
import { ownLeaves } from "./filter/own-leaves.ts";
import { unreadableName } from "./filter/resolve-filter.ts";
import type { Problems } from "./problems.ts";
import type { Filter, Metric, ReportPlan, ReportQuery } from "./report-query.ts";

/** An event is no part of a visit that has them. */
const OF_WHOLE_VISITS: readonly Metric[] = ["bounce_rate", "visit_duration", "views_per_visit"];
const OF_GOALS: readonly Metric[] = ["conversions", "conversion_rate", "revenue"];

/** Finds valid values that make no sense together. */
export function combinationProblems(
  { metrics, dimensions, filter, include }: ReportQuery,
  problems: Problems,
): void {
  const byEvents = dimensions.filter(isEventDimension);
  for (const [i, metric] of metrics.entries()) {
    const path = `metrics[${i}]`;
    if (OF_WHOLE_VISITS.includes(metric) && byEvents.length > 0) {
      problems.add(
        path,
        `Expected ${metric} without dimensions of events, got ${byEvents.join(", ")}`,
      );
    }
    if (metric === "percentage" && dimensions.length === 0) {
      problems.add(path, "Expected percentage with a dimension, got none");
    }
    // A segment may have a filter by page.
    if (metric === "time_on_page" && !ownLeaves(filter).some(({ kind }) => kind === "segment")) {
      pageProblem(path, { dimensions, filter }, problems);
    }
  }
  if (include.timeLabels && !dimensions.some(isTimeDimension)) {
    problems.add("include.time_labels", "Expected time_labels with a dimension of time, got none");
  }
}

/** Finds what only a site's segments and goals tell. */
export function siteProblems(
  { metrics, dimensions, filterBesideGoals }: ReportPlan,
  { hasGoals, unreadableGoals }: { readonly hasGoals: boolean; unreadableGoals: readonly string[] },
  problems: Problems,
): void {
  const [unreadable] = unreadableGoals;
  const goalProblem = (path: string, what: string): void => {
    if (!hasGoals) problems.add(path, `Expected ${what} of a site with a goal, got one without`);
    else if (unreadable !== undefined) problems.add(path, unreadableName("goal", unreadable));
  };
  for (const [i, metric] of metrics.entries()) {
    const path = `metrics[${i}]`;
    if (metric === "time_on_page") {
      pageProblem(path, { dimensions, filter: filterBesideGoals }, problems);
    }
    if (OF_GOALS.includes(metric)) goalProblem(path, metric);
  }
  const byGoal = dimensions.indexOf("event:goal");
  if (byGoal >= 0) goalProblem(`dimensions[${byGoal}]`, "event:goal");
}

function pageProblem(
  path: string,
  { dimensions, filter }: { dimensions: ReportQuery["dimensions"]; filter: Filter | undefined },
  problems: Problems,
): void {
  const isByPage = ownLeaves(filter).some(
    (leaf) => leaf.kind === "match" && leaf.dimension === "event:page",
  );
  if (dimensions.includes("event:page") || isByPage) return;
  const expected =
    "Expected time_on_page with event:page as a dimension or in a filter, got neither";
  problems.add(path, expected);
}

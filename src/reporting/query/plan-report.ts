import type { Pieces } from "../../async/pieces.ts";
import { siteProblems } from "./combination-problems.ts";
import { isTimeDimension } from "./dimensions.ts";
import { resolveFilter } from "./filter/resolve-filter.ts";
import { Problems } from "./problems.ts";
import {
  type ReportPlan,
  type ReportQuery,
  type SiteSettings,
  TIME_UNITS,
  type TimeBuckets,
  type TimeRange,
  type TimeUnit,
} from "./report-query.ts";
import { comparedRange } from "./time/compared-range.ts";
import { type Clock, type LocalRange, localRange } from "./time/local-range.ts";
import { BUCKETS_MAX, bucketCount, timeBuckets } from "./time/time-buckets.ts";

export type Planned =
  | { readonly kind: "plan"; readonly plan: ReportPlan }
  | { readonly kind: "invalid"; readonly fields: Readonly<Record<string, string>> };

/**
 * Makes a question concrete for a site, at an instant, which may have fractions of a millisecond. `firstMs` and `lastMs` are those of the
 * site's events.
 */
export function* planReport(
  query: ReportQuery,
  settings: SiteSettings,
  { nowMs, firstMs, lastMs }: Omit<Clock, "timeZone">,
): Pieces<Planned> {
  const problems = new Problems();
  const { timeZone = settings.timeZone, dateRange, include } = query;
  const clock = { timeZone, nowMs: Math.floor(nowMs), firstMs, lastMs };
  const range = localRange(dateRange, clock);
  const compared = include.compare && comparedRange(range, include.compare, clock);
  const bucketed = { unit: timeUnit(query), clock, problems };
  const plan = {
    siteId: query.siteId,
    metrics: query.metrics,
    dimensions: query.dimensions,
    ...resolveFilter(query.filter, settings, problems),
    ...(yield* withBuckets(range, bucketed)),
    ...(compared && { comparison: yield* withBuckets(compared, bucketed) }),
    timeZone,
    pageViewTypes: new Set(settings.pageViewTypes),
    include,
    orderBy: query.orderBy,
    limit: query.limit,
    offset: query.offset,
  };
  const unreadableGoals = settings.unreadable?.goals ?? [];
  // A filter by goal has named those that it needs.
  const isOfAllGoals = plan.goals === settings.goals;
  siteProblems(
    plan,
    {
      hasGoals: settings.goals.length + unreadableGoals.length > 0,
      unreadableGoals: isOfAllGoals ? unreadableGoals : [],
    },
    problems,
  );
  return problems.isEmpty ? { kind: "plan", plan } : { kind: "invalid", fields: problems.fields };
}

function timeUnit({ dimensions }: ReportQuery): TimeUnit | undefined {
  const dimension = dimensions.find(isTimeDimension);
  return TIME_UNITS.find((unit) => dimension === `time:${unit}`);
}

function* withBuckets(
  local: LocalRange,
  { unit, clock, problems }: { unit: TimeUnit | undefined; clock: Clock; problems: Problems },
): Pieces<{ range: TimeRange; buckets?: TimeBuckets }> {
  const range = { fromMs: local.fromMs, toMs: local.toMs, gaps: local.gaps };
  if (unit === undefined) return { range };
  const count = bucketCount(unit, local, clock.nowMs);
  if (count > BUCKETS_MAX) {
    problems.add(
      "date_range",
      `Expected a date_range of at most ${BUCKETS_MAX} rows of time:${unit}, got ${count}; choose longer rows or a shorter range`,
    );
    return { range };
  }
  return { range, buckets: yield* timeBuckets(unit, local, clock) };
}

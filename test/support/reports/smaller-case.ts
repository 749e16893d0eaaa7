import type { Filter, ReportQuery } from "../../../src/reporting/query/report-query.ts";
import { shorter } from "./minimise.ts";
import type { Step } from "./random/random-case.ts";

export interface ReportCase {
  readonly steps: readonly Step[];
  readonly query: ReportQuery;
}

/** Returns cases with fewer steps, a simpler question and fewer events. */
export function* smallerCases({ steps, query }: ReportCase): Iterable<ReportCase> {
  for (const fewer of shorter(steps)) yield { steps: fewer, query };
  for (const simpler of simplerQueries(query)) yield { steps, query: simpler };
  for (const [place, step] of steps.entries()) {
    if (step.kind !== "store") continue;
    for (const events of shorter(step.events)) {
      yield { steps: steps.with(place, { ...step, events }), query };
    }
  }
}

function* simplerQueries(query: ReportQuery): Iterable<ReportQuery> {
  const { filter, timeZone, include, ...rest } = query;
  const { compare, ...others } = include;
  const given = filter === undefined ? {} : { filter };
  const zone = timeZone === undefined ? {} : { timeZone };
  if (filter !== undefined) {
    yield { ...rest, ...zone, include };
    for (const simpler of simplerFilters(filter)) {
      yield { ...rest, ...zone, include, filter: simpler };
    }
  }
  if (compare !== undefined) yield { ...rest, ...given, ...zone, include: others };
  if (include.timeLabels) yield { ...query, include: { ...include, timeLabels: false } };
  if (timeZone !== undefined) yield { ...rest, ...given, include };
  if (query.orderBy.length > 0) yield { ...query, orderBy: [] };
  if (query.limit < 10_000 || query.offset > 0) yield { ...query, limit: 10_000, offset: 0 };
  for (const metrics of shorter(query.metrics)) {
    if (metrics.length > 0) yield { ...query, metrics, orderBy: [] };
  }
  for (const dimensions of shorter(query.dimensions)) {
    yield { ...query, dimensions, orderBy: [], include: { ...include, timeLabels: false } };
  }
}

function* simplerFilters(filter: Filter): Iterable<Filter> {
  switch (filter.kind) {
    case "and":
    case "or":
      yield* filter.filters;
      for (const filters of shorter(filter.filters)) {
        if (filters.length > 0) yield { ...filter, filters };
      }
      for (const [place, part] of filter.filters.entries()) {
        for (const simpler of simplerFilters(part)) {
          yield { ...filter, filters: filter.filters.with(place, simpler) };
        }
      }
      return;
    case "not":
      yield filter.filter;
      return;
    case "has_done":
    case "has_not_done":
      for (const simpler of simplerFilters(filter.filter)) yield { ...filter, filter: simpler };
      return;
    case "match":
      for (const values of shorter(filter.values)) {
        if (values.length > 0) yield { ...filter, values };
      }
      return;
    case "segment":
      return;
  }
}

import type {
  DateRange,
  DatesRange,
  Filter,
  ReportQuery,
} from "../../../src/reporting/query/report-query.ts";

/** Returns the body of `POST /query` that asks the question. */
export function queryBody(query: ReportQuery): Readonly<Record<string, unknown>> {
  const { compare, timeLabels, totalRows } = query.include;
  return {
    site_id: query.siteId,
    metrics: query.metrics,
    dimensions: query.dimensions,
    date_range: rangeBody(query.dateRange),
    ...(query.timeZone === undefined ? {} : { timezone: query.timeZone }),
    ...(query.filter === undefined ? {} : { filters: filtersBody(query.filter) }),
    include: {
      ...(compare === undefined ? {} : { compare: compareBody(compare) }),
      time_labels: timeLabels,
      total_rows: totalRows,
    },
    ...(query.orderBy.length === 0
      ? {}
      : { order_by: query.orderBy.map(({ by, direction }) => [by, direction]) }),
    pagination: { limit: query.limit, offset: query.offset },
  };
}

export function filtersBody(filter: Filter): readonly unknown[] {
  return filter.kind === "and" ? filter.filters.map(filterBody) : [filterBody(filter)];
}

function filterBody(filter: Filter): readonly unknown[] {
  switch (filter.kind) {
    case "and":
    case "or":
      return [filter.kind, filter.filters.map(filterBody)];
    case "not":
    case "has_done":
    case "has_not_done":
      return [filter.kind, filterBody(filter.filter)];
    case "segment":
      return ["is", "segment", filter.names];
    case "match": {
      const modifiers = filter.isCaseSensitive ? [] : [{ case_sensitive: false }];
      return [filter.operator, filter.dimension, filter.values, ...modifiers];
    }
  }
}

function rangeBody(range: DateRange): unknown {
  if (range.kind === "preset") return range.preset;
  if (range.kind === "dates") return [range.from, range.to];
  return [range.fromMs, range.toMs].map((ms) => new Date(ms).toISOString());
}

function compareBody(compare: { readonly kind: string } | DatesRange): unknown {
  return "from" in compare ? [compare.from, compare.to] : compare.kind;
}

import type { Filter } from "../report-query.ts";

export type FilterJson = readonly unknown[];

/** Returns the list of filters that `parseFilters` reads. */
export function filtersToJson(filter: Filter | undefined): readonly FilterJson[] {
  if (filter === undefined) return [];
  return filter.kind === "and" ? filter.filters.map(filterToJson) : [filterToJson(filter)];
}

function filterToJson(filter: Filter): FilterJson {
  switch (filter.kind) {
    case "and":
    case "or":
      return [filter.kind, filter.filters.map(filterToJson)];
    case "not":
    case "has_done":
    case "has_not_done":
      return [filter.kind, filterToJson(filter.filter)];
    case "segment":
      return ["is", "segment", filter.names];
    case "match": {
      const { operator, dimension, values, isCaseSensitive } = filter;
      const modifiers = isCaseSensitive ? [] : [{ case_sensitive: false }];
      return [operator, dimension, values, ...modifiers];
    }
  }
}

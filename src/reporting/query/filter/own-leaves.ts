import type { Filter } from "../report-query.ts";

type Leaf = Extract<Filter, { kind: "match" | "segment" }>;

/** Returns what a filter is made of, apart from what it says of other events of the visit. */
export function ownLeaves(filter: Filter | undefined): Leaf[] {
  switch (filter?.kind) {
    case "and":
    case "or":
      return filter.filters.flatMap(ownLeaves);
    case "not":
      return ownLeaves(filter.filter);
    case "match":
    case "segment":
      return [filter];
    case "has_done":
    case "has_not_done":
    case undefined:
      return [];
  }
}

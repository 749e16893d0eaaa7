import { compileMatch } from "../../query/filter/compile-match.ts";
import type { Filter, MatchFilter } from "../../query/report-query.ts";
import { type ValueContext, valueSource } from "../fields/value-source.ts";
import {
  anyMask,
  type EventMask,
  eventMatch,
  everyMask,
  notMask,
  visitMark,
  visitMatch,
} from "./event-mask.ts";
import { Verdicts } from "./verdicts.ts";

/** Returns which events pass a filter of a plan. */
export function compileFilter(filter: Filter, context: ValueContext): EventMask {
  switch (filter.kind) {
    case "and":
      return everyMask(filter.filters.map((each) => compileFilter(each, context)));
    case "or":
      return anyMask(filter.filters.map((each) => compileFilter(each, context)));
    case "not":
      return notMask(compileFilter(filter.filter, context));
    case "has_done":
      return doneMask(filter.filter, context);
    case "has_not_done":
      return notMask(doneMask(filter.filter, context));
    case "match":
      return matchMask(filter, context);
    case "segment":
      throw new Error("A plan has no segments");
  }
}

function doneMask(filter: Filter, context: ValueContext): EventMask {
  const { visits } = context;
  return visitMark(visits.marks(filter, () => compileFilter(filter, context)));
}

function matchMask(filter: MatchFilter, context: ValueContext): EventMask {
  const verdicts = new Verdicts(compileMatch(filter));
  const { dimension } = filter;
  if (dimension === "event:goal") throw new Error("A plan has no filter by goal");
  const source = valueSource(dimension, context);
  return source.kind === "event"
    ? eventMatch(source.field, verdicts)
    : visitMatch(source.value, verdicts);
}

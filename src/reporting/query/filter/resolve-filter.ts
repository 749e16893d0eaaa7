import { describeValue } from "../../../event/describe-value.ts";
import type { Problems } from "../problems.ts";
import type { Filter, Goal, MatchFilter, SiteSettings } from "../report-query.ts";
import { allOf } from "./all-of.ts";
import { compileMatch } from "./compile-match.ts";
import { ownLeaves } from "./own-leaves.ts";

const NAMES_SHOWN_MAX = 10;
const MISPLACED_GOAL =
  "Expected a segment with event:goal alone and beside the other filters, got it in or or not, or among several segments; use has_done in the segment";

type Definitions = Pick<SiteSettings, "goals" | "segments" | "unreadable">;

export interface ResolvedFilter {
  /** With the goals that the query asks for. */
  readonly filter?: Filter;
  readonly filterBesideGoals?: Filter;
  readonly goals: readonly Goal[];
}

/** Puts the filters of a site's segments and goals in place of their names. */
export function resolveFilter(
  filter: Filter | undefined,
  settings: Definitions,
  problems: Problems,
): ResolvedFilter {
  const { goals } = settings;
  const all = filter === undefined ? [] : conjuncts(withSegments(filter, settings, problems));
  const [byGoal, ...more] = all.filter(isByGoal);
  const beside = all
    .filter((each) => !isByGoal(each))
    .map((each) => withGoals(each, settings, problems));
  const filterBesideGoals = allOf(beside);
  if (more.length > 0) problems.add("filters", "Expected one filter by event:goal, got more");
  // Those of the query itself were refused when it was parsed.
  if (all.some((each) => !isByGoal(each) && ownLeaves(each).some(isByGoal))) {
    problems.add("filters", MISPLACED_GOAL);
  }
  if (byGoal === undefined) {
    return { ...(filterBesideGoals && { filter: filterBesideGoals, filterBesideGoals }), goals };
  }
  const named = goalsNamed(byGoal, settings, problems);
  const whole = allOf([...beside, anyOf(named)]);
  return {
    ...(whole && { filter: whole }),
    ...(filterBesideGoals && { filterBesideGoals }),
    goals: named,
  };
}

function conjuncts(filter: Filter): Filter[] {
  return filter.kind === "and" ? filter.filters.flatMap(conjuncts) : [filter];
}

function isByGoal(filter: Filter): filter is MatchFilter {
  return filter.kind === "match" && filter.dimension === "event:goal";
}

function withSegments(
  filter: Filter,
  { segments, unreadable }: Definitions,
  problems: Problems,
): Filter {
  return replaced(filter, (each) => {
    if (each.kind !== "segment") return each;
    const known = each.names.flatMap((name) => {
      const segment = segments.find((one) => one.name === name);
      if (segment !== undefined) return [segment.filter];
      const isUnreadable = unreadable?.segments.includes(name) ?? false;
      const problem = isUnreadable
        ? unreadableName("segment", name)
        : unknownName("segment", name, segments);
      problems.add("filters", problem);
      return [];
    });
    return known.length === 1 ? (known[0] ?? each) : { kind: "or", filters: known };
  });
}

function withGoals(filter: Filter, settings: Definitions, problems: Problems): Filter {
  return replaced(filter, (each) =>
    isByGoal(each) ? anyOf(goalsNamed(each, settings, problems)) : each,
  );
}

function goalsNamed(
  filter: MatchFilter,
  { goals, unreadable }: Definitions,
  problems: Problems,
): Goal[] {
  const isNamed = compileMatch(filter);
  const named = goals.filter(({ name }) => isNamed(name));
  const unread = unreadable?.goals ?? [];
  for (const name of unread.filter(isNamed)) problems.add("filters", unreadableName("goal", name));
  if (filter.operator === "is") {
    for (const value of filter.values) {
      const isOne = compileMatch({ ...filter, values: [value] });
      const isKnown = goals.some(({ name }) => isOne(name)) || unread.some(isOne);
      if (!isKnown) problems.add("filters", unknownName("goal", value, goals));
    }
  }
  return named;
}

/** Passes nothing if there are none. */
function anyOf(goals: readonly Goal[]): Filter {
  const [first] = goals;
  return goals.length === 1 && first !== undefined
    ? first.filter
    : { kind: "or", filters: goals.map(({ filter }) => filter) };
}

/** Replaces the filters at the leaves. */
function replaced(filter: Filter, replace: (leaf: Filter) => Filter): Filter {
  switch (filter.kind) {
    case "and":
    case "or":
      return { kind: filter.kind, filters: filter.filters.map((each) => replaced(each, replace)) };
    case "not":
    case "has_done":
    case "has_not_done":
      return { kind: filter.kind, filter: replaced(filter.filter, replace) };
    case "match":
    case "segment":
      return replace(filter);
  }
}

/** Says what to do with a definition that another version has written. */
export function unreadableName(kind: "goal" | "segment", name: string): string {
  return `Expected a ${kind} that this version can read, got ${describeValue(name)}; write it again, or upgrade the engine`;
}

function unknownName(
  kind: "goal" | "segment",
  name: string | null,
  known: readonly { readonly name: string }[],
): string {
  const names = known.slice(0, NAMES_SHOWN_MAX).map((each) => describeValue(each.name));
  const more = known.length > names.length ? " and more" : "";
  const list = names.length === 0 ? `it has no ${kind}s` : `it has ${names.join(", ")}${more}`;
  return `Expected a ${kind} of the site, got ${describeValue(name)}; ${list}`;
}

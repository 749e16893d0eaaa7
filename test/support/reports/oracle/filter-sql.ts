import type {
  Filter,
  MatchFilter,
  SiteSettings,
} from "../../../../src/reporting/query/report-query.ts";
import { dimensionSql, type Scope } from "./dimension-sql.ts";
import { globPattern } from "./glob-pattern.ts";
import { literal } from "./literal.ts";

/** Returns a condition that is true or false, never null. */
export function filterSql(filter: Filter, scope: Scope, settings: SiteSettings): string {
  const each = (filters: readonly Filter[]) =>
    filters.map((one) => filterSql(one, scope, settings));
  switch (filter.kind) {
    case "and":
      return allOf(each(filter.filters));
    case "or":
      return anyOf(each(filter.filters));
    case "not":
      return `NOT ${filterSql(filter.filter, scope, settings)}`;
    case "has_done":
      return hasDone(filter.filter, scope, settings);
    case "has_not_done":
      return `NOT ${hasDone(filter.filter, scope, settings)}`;
    case "segment":
      return anyOf(
        each(
          settings.segments
            .filter(({ name }) => filter.names.includes(name))
            .map((segment) => segment.filter),
        ),
      );
    case "match":
      return filter.dimension === "event:goal"
        ? anyOf(each(goalsOf(filter, settings).map((goal) => goal.filter)))
        : matchSql(filter, dimensionSql(filter.dimension, scope));
  }
}

export function allOf(conditions: readonly string[]): string {
  return conditions.length === 0 ? "true" : `(${conditions.join(" AND ")})`;
}

export function anyOf(conditions: readonly string[]): string {
  return conditions.length === 0 ? "false" : `(${conditions.join(" OR ")})`;
}

/** Returns the goals that a filter by goal names. */
export function goalsOf(filter: MatchFilter, { goals }: SiteSettings): SiteSettings["goals"] {
  const fold = (text: string) => (filter.isCaseSensitive ? text : text.toLowerCase());
  const wanted = filter.values.flatMap((value) => (value === null ? [] : fold(value)));
  return goals.filter(({ name }) => {
    if (filter.operator === "is") return wanted.includes(fold(name));
    if (filter.operator === "contains") return wanted.some((value) => fold(name).includes(value));
    return wanted.some((value) => new RegExp(globPattern(value), "su").test(fold(name)));
  });
}

/** Whether another event of the visit passes. */
function hasDone(filter: Filter, scope: Scope, settings: SiteSettings): string {
  const passes = filterSql(filter, { ...scope, event: "done" }, settings);
  return `EXISTS (SELECT FROM oracle_events done WHERE done.visit = ${scope.event}.visit AND ${passes})`;
}

function matchSql({ operator, values, isCaseSensitive }: MatchFilter, value: string): string {
  const fold = (text: string) =>
    `${isCaseSensitive ? text : `lower(${text} COLLATE "und-x-icu")`} COLLATE "C"`;
  const subject = fold(value);
  const passes = anyOf(
    values.map((wanted) => {
      if (wanted === null || wanted === "") return `${value} IS NULL`;
      if (operator.startsWith("contains"))
        return `strpos(${subject}, ${fold(literal(wanted))}) > 0`;
      if (operator.startsWith("matches_glob"))
        return `${subject} ~ ${globSql(wanted, isCaseSensitive)}`;
      return `${subject} = ${fold(literal(wanted))}`;
    }),
  );
  return `${operator.endsWith("_not") ? "NOT " : ""}coalesce(${passes}, false)`;
}

/** The pattern is made of the folded glob. */
function globSql(glob: string, isCaseSensitive: boolean): string {
  return literal(globPattern(isCaseSensitive ? glob : glob.toLowerCase()));
}

import { DIMENSION_NAMES, isTimeDimension, parseDimension } from "../dimensions.ts";
import { withKnownKeys } from "../known-keys.ts";
import type { Problems } from "../problems.ts";
import { type Filter, type FilterDimension, OPERATORS, type Operator } from "../report-query.ts";
import { allOf } from "./all-of.ts";
import { FilterValues } from "./filter-values.ts";

export const FILTERS_MAX = 100;
export const DEPTH_MAX = 8;

const SESSION = "event:session_id";
const SEGMENT = "segment";
const FILTER_DIMENSIONS = [
  ...DIMENSION_NAMES.filter((name) => !name.startsWith("time:")),
  SESSION,
  SEGMENT,
];
export const LOGIC = ["and", "or", "not", "has_done", "has_not_done"] as const;
const NO_PATTERNS = "patterns are globs for matches_glob, not regular expressions";
const GOAL_OPERATORS: readonly Operator[] = ["is", "contains", "matches_glob"];

/** A goal is a filter of events, without goals. A segment holds no segments. */
export type Holder = "query" | "segment" | "goal";

/** Where a filter stands. */
interface Place {
  readonly path: string;
  readonly depth: number;
  /** Under `and` alone, so that all others apply beside it. */
  readonly isTop: boolean;
  readonly isInDone: boolean;
}

/** Returns a list of filters as one, or undefined for none. What is wrong goes to `problems`. */
export function parseFilters(
  value: unknown,
  { path, holder, problems }: { path: string; holder: Holder; problems: Problems },
): Filter | undefined {
  if (value === undefined) return undefined;
  return new FilterParser(holder, problems).parseList(value, path);
}

class FilterParser {
  readonly #holder: Holder;
  readonly #problems: Problems;
  readonly #values: FilterValues;
  #filters = 0;

  constructor(holder: Holder, problems: Problems) {
    this.#holder = holder;
    this.#problems = problems;
    this.#values = new FilterValues(problems);
  }

  parseList(value: unknown, path: string): Filter | undefined {
    return allOf(this.#list(value, { path, depth: 0, isTop: true, isInDone: false }));
  }

  #list(value: unknown, place: Place): Filter[] {
    if (!Array.isArray(value)) {
      this.#problems.expect(place.path, "an array of filters", value);
      return [];
    }
    const filters: Filter[] = [];
    for (const [i, each] of value.entries()) {
      if (!this.#mayHaveAnother(place.path)) break;
      const filter = this.#filter(each, { ...place, path: `${place.path}[${i}]` });
      if (filter !== undefined) filters.push(filter);
    }
    return filters;
  }

  #mayHaveAnother(path: string): boolean {
    this.#filters += 1;
    if (this.#filters <= FILTERS_MAX) return true;
    this.#problems.add(path, `Expected at most ${FILTERS_MAX} filters, got more`);
    return false;
  }

  #filter(value: unknown, place: Place): Filter | undefined {
    const { path, depth } = place;
    if (depth > DEPTH_MAX) {
      this.#problems.add(path, `Expected filters nested at most ${DEPTH_MAX} deep, got more`);
      return undefined;
    }
    const [kind] = Array.isArray(value) ? value : [];
    if (!Array.isArray(value) || value.length < 2 || value.length > 4) {
      this.#problems.expect(path, 'a filter such as ["is","event:page",["/"]]', value);
      return undefined;
    }
    const operator = OPERATORS.find((each) => each === kind);
    if (operator !== undefined) return this.#match(operator, value, place);
    const logic = LOGIC.find((each) => each === kind);
    if (logic === undefined || value.length !== 2) {
      if (logic === undefined) {
        const known = `one of ${[...OPERATORS, ...LOGIC].join(", ")}`;
        this.#problems.expect(
          `${path}[0]`,
          isPattern(kind) ? `${known}; ${NO_PATTERNS}` : known,
          kind,
        );
      } else this.#problems.add(path, `Expected ${path} to have 2 items, got ${value.length}`);
      return undefined;
    }
    return this.#logic(logic, value[1], { ...place, path: `${path}[1]`, depth: depth + 1 });
  }

  #logic(kind: (typeof LOGIC)[number], value: unknown, place: Place): Filter | undefined {
    switch (kind) {
      case "and":
      case "or": {
        const filters = this.#list(value, { ...place, isTop: place.isTop && kind === "and" });
        if (Array.isArray(value) && value.length === 0) {
          this.#problems.add(place.path, `Expected ${place.path} to have a filter, got none`);
        }
        return { kind, filters };
      }
      case "not": {
        const filter = this.#another(value, { ...place, isTop: false });
        return filter && { kind, filter };
      }
      case "has_done":
      case "has_not_done": {
        if (this.#holder === "goal" || place.isInDone) {
          const where = place.isInDone ? "in has_done or has_not_done" : "in a goal";
          this.#problems.add(place.path, `Expected no ${kind} ${where}, got one`);
          return undefined;
        }
        const filter = this.#another(value, { ...place, isTop: false, isInDone: true });
        return filter && { kind, filter };
      }
    }
  }

  #another(value: unknown, place: Place): Filter | undefined {
    return this.#mayHaveAnother(place.path) ? this.#filter(value, place) : undefined;
  }

  #match(
    operator: Operator,
    [, name, values, modifiers]: readonly unknown[],
    place: Place,
  ): Filter | undefined {
    const { path } = place;
    if (name === SEGMENT) return this.#segment({ operator, values, modifiers }, place);
    const dimension = name === SESSION ? SESSION : parseDimension(name);
    if (dimension === undefined || (dimension !== SESSION && isTimeDimension(dimension))) {
      this.#problems.expect(`${path}[1]`, `one of ${FILTER_DIMENSIONS.join(", ")}`, name);
      return undefined;
    }
    const problem = this.#placeProblem(dimension, operator, place);
    if (problem !== undefined) this.#problems.add(`${path}[1]`, problem);
    return {
      kind: "match",
      operator,
      dimension,
      values: this.#values.parse(values, { operator, dimension, path: `${path}[2]` }),
      isCaseSensitive: this.#isCaseSensitive(modifiers, `${path}[3]`),
    };
  }

  #placeProblem(dimension: FilterDimension, operator: Operator, place: Place): string | undefined {
    if (!dimension.startsWith("event:") && (place.isInDone || this.#holder === "goal")) {
      const where = place.isInDone ? "has_done and has_not_done" : "a goal";
      return `Expected a dimension of events in ${where}, got ${dimension}`;
    }
    if (dimension !== "event:goal") return undefined;
    if (this.#holder === "goal") return "Expected no event:goal in a goal, got one";
    if (!GOAL_OPERATORS.includes(operator)) {
      return `Expected event:goal with ${GOAL_OPERATORS.join(", ")}, got ${operator}; use has_not_done`;
    }
    return place.isTop || place.isInDone
      ? undefined
      : "Expected event:goal beside the other filters or in has_done, got it in or or not";
  }

  #segment(
    {
      operator,
      values,
      modifiers,
    }: { readonly operator: Operator; readonly values: unknown; readonly modifiers: unknown },
    { path, isInDone }: Place,
  ): Filter | undefined {
    if (this.#holder !== "query" || isInDone) {
      const where = isInDone ? "has_done and has_not_done" : `a ${this.#holder}`;
      this.#problems.add(`${path}[1]`, `Expected no segment in ${where}, got one`);
      return undefined;
    }
    if (operator !== "is") {
      this.#problems.expect(`${path}[0]`, "is for a segment", operator);
      return undefined;
    }
    if (modifiers !== undefined) {
      this.#problems.add(`${path}[3]`, "Expected a segment without modifiers, got some");
    }
    return { kind: "segment", names: this.#values.parseNames(values, `${path}[2]`) };
  }

  #isCaseSensitive(modifiers: unknown, path: string): boolean {
    if (modifiers === undefined) return true;
    const known = withKnownKeys(modifiers, ["case_sensitive"], { path, problems: this.#problems });
    const value = known === undefined ? true : (known["case_sensitive"] ?? true);
    if (typeof value !== "boolean") {
      this.#problems.expect(`${path}.case_sensitive`, "true or false", value);
    }
    return value !== false;
  }
}

/** Operators of Plausible. */
function isPattern(kind: unknown): boolean {
  return typeof kind === "string" && kind.startsWith("matches");
}

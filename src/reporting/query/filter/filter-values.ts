import { parsePathGlob } from "../../../event/path-glob.ts";
import { textProblem } from "../../../event/text-field.ts";
import { propertyOf } from "../dimensions.ts";
import type { Problems } from "../problems.ts";
import type { FilterDimension, Operator } from "../report-query.ts";

/** Of all filters together. */
export const VALUES_MAX = 1_000;
/** Of all patterns together: a text is matched in time by its length times theirs. */
export const PATTERN_CHARACTERS_MAX = 1_000;
/** Of a path. */
export const VALUE_BYTES_MAX = 2_048;

interface ValuePlace {
  readonly path: string;
  readonly operator: Operator;
  readonly dimension: FilterDimension;
}

/** Reads the values of the filters of one query. */
export class FilterValues {
  readonly #problems: Problems;
  #count = 0;
  #patternCharacters = 0;

  constructor(problems: Problems) {
    this.#problems = problems;
  }

  parse(value: unknown, place: ValuePlace): (string | null)[] {
    if (!Array.isArray(value) || value.length === 0) {
      this.#problems.expect(place.path, "an array of at least one value", value);
      return [];
    }
    this.#count += value.length;
    if (this.#count > VALUES_MAX) {
      this.#problems.add(place.path, `Expected at most ${VALUES_MAX} values in all, got more`);
      return [];
    }
    return value.map((each, i) => this.#parseOne(each, { ...place, path: `${place.path}[${i}]` }));
  }

  #parseOne(value: unknown, { operator, dimension, path }: ValuePlace): string | null {
    if (value === null || value === "") {
      const takesNull = operator === "is" || operator === "is_not";
      if (!takesNull)
        this.#problems.expect(path, `a text that is not empty for ${operator}`, value);
      return null;
    }
    const text = propertyOf(dimension) === undefined ? value : propertyText(value);
    const problem = textProblem(path, text, VALUE_BYTES_MAX);
    if (problem !== undefined || typeof text !== "string") {
      this.#problems.add(path, problem ?? "");
      return null;
    }
    if (operator.startsWith("matches_glob")) this.#checkPattern(text, path);
    return text;
  }

  #checkPattern(text: string, path: string): void {
    this.#patternCharacters += text.length;
    if (parsePathGlob(text) === undefined) {
      this.#problems.expect(path, "a pattern of up to 256 characters such as /blog/**", text);
    } else if (this.#patternCharacters > PATTERN_CHARACTERS_MAX) {
      const problem = `Expected patterns of at most ${PATTERN_CHARACTERS_MAX} characters in all, got more`;
      this.#problems.add(path, problem);
    }
  }
}

/** The text of a number or boolean in the stored JSON, so that 1 and "1" are equal. It has no exponents. */
function propertyText(value: unknown): unknown {
  const isPlain = typeof value === "number" ? !/e/.test(String(value)) : typeof value === "boolean";
  return isPlain ? String(value) : value;
}

import { LABEL_BYTES_MAX } from "../../../event/limits.ts";
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
    return this.#listed(value, place.path).map((each, i) =>
      this.#parseOne(each, { ...place, path: `${place.path}[${i}]` }),
    );
  }

  /** Reads the names of segments, each once. */
  parseNames(value: unknown, path: string): string[] {
    const names = new Set<string>();
    for (const [i, each] of this.#listed(value, path).entries()) {
      const problem = textProblem(`${path}[${i}]`, each, LABEL_BYTES_MAX);
      if (problem !== undefined) this.#problems.add(`${path}[${i}]`, problem);
      else if (typeof each === "string") names.add(each);
    }
    return [...names];
  }

  #listed(value: unknown, path: string): readonly unknown[] {
    if (!Array.isArray(value) || value.length === 0) {
      this.#problems.expect(path, "an array of at least one value", value);
      return [];
    }
    this.#count += value.length;
    if (this.#count <= VALUES_MAX) return value;
    this.#problems.add(path, `Expected at most ${VALUES_MAX} values in all, got more`);
    return [];
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

/** Returns the text that a number or boolean has in the stored JSON, so that 1 and "1" are equal. */
function propertyText(value: unknown): unknown {
  if (typeof value === "boolean") return String(value);
  return typeof value === "number" && Number.isFinite(value) ? plainDecimal(String(value)) : value;
}

/** Returns the digits of a number without an exponent, as PostgreSQL prints them: `1e+21` as `1000000000000000000000`. */
function plainDecimal(text: string): string {
  const [, sign = "", whole = "", fraction = "", exponent] =
    /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text) ?? [];
  if (exponent === undefined) return text;
  const digits = whole + fraction;
  const point = whole.length + Number(exponent);
  return point > 0
    ? `${sign}${digits.padEnd(point, "0")}`
    : `${sign}0.${digits.padStart(digits.length - point, "0")}`;
}

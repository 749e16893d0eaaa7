import { InvalidFieldsError } from "../../errors.ts";
import { describeValue } from "../../event/describe-value.ts";
import { REPLACEMENT_CHARACTER } from "../../event/text-field.ts";

/** Per response. */
const PROBLEMS_MAX = 8;
/** Of an unknown name that a response quotes. */
const NAME_CHARACTERS_MAX = 16;

/**
 * Requires every parameter to be known, given once and not empty: to ignore one would answer another question.
 *
 * @throws InvalidFieldsError with up to `PROBLEMS_MAX` problems.
 */
export function parseParameters(
  encoded: string,
  known: readonly string[],
): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  const problems = new Map<string, string>();
  for (const part of encoded.split("&")) {
    if (part === "") continue;
    const [[name, value] = ["", ""]] = new URLSearchParams(part);
    const problem = parameterProblem({ part, name, value, known, isRepeated: values.has(name) });
    if (problem !== undefined) problems.set(shorten(name), problem);
    if (problems.size === PROBLEMS_MAX) break;
    values.set(name, value);
  }
  if (problems.size > 0) throw new InvalidFieldsError(Object.fromEntries(problems));
  return values;
}

interface Parameter {
  readonly part: string;
  readonly name: string;
  readonly value: string;
  readonly known: readonly string[];
  readonly isRepeated: boolean;
}

function parameterProblem({ part, name, value, known, isRepeated }: Parameter): string | undefined {
  if (known.length === 0) return `Expected no parameters, got ${describeValue(name)}`;
  const names = known.join(", ");
  if (!known.includes(name)) {
    return `Expected one of the parameters ${names}, got ${describeValue(name)}`;
  }
  if (isRepeated) return `Expected ${name} once, got it again; the parameters are ${names}`;
  if (value === "")
    return `Expected ${name} to have a value, got none; the parameters are ${names}`;
  // Invalid bytes decode to U+FFFD, so that different values become one.
  if (value.includes(REPLACEMENT_CHARACTER) && !isUtf8(part)) {
    return `Expected ${name} to be percent-encoded UTF-8, got other bytes`;
  }
  return undefined;
}

export function isUtf8(encoded: string): boolean {
  try {
    decodeURIComponent(encoded);
    return true;
  } catch {
    return false;
  }
}

function shorten(name: string): string {
  return name.length <= NAME_CHARACTERS_MAX
    ? name
    : `${name.slice(0, NAME_CHARACTERS_MAX).toWellFormed()}…`;
}

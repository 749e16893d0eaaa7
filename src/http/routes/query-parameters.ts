import { describeValue } from "../../event/describe-value.ts";
import type { FieldProblems } from "../../event/parse-event.ts";
import { REPLACEMENT_CHARACTER } from "../../event/text-field.ts";

/** How many problems of one query an answer names. */
const PROBLEMS_MAX = 8;
/** An answer repeats at most this many characters of an unknown parameter's name. */
const NAME_CHARACTERS_MAX = 16;

/** The parameters of a query by name, or everything that is wrong with them. */
export type ParsedParameters =
  | { readonly kind: "parameters"; readonly values: ReadonlyMap<string, string> }
  | { readonly kind: "invalid"; readonly fields: FieldProblems };

/**
 * Reads a query string of which every parameter must be known, given once and not empty: a parameter that is ignored
 * answers another question than the one asked. Names are compared exactly, after decoding.
 */
export function parseParameters(encoded: string, known: readonly string[]): ParsedParameters {
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
  if (problems.size === 0) return { kind: "parameters", values };
  return { kind: "invalid", fields: Object.fromEntries(problems) };
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
    return `Expected a parameter out of ${names}, got ${describeValue(name)}`;
  }
  if (isRepeated) return `Expected ${name} once, got it again; the parameters are ${names}`;
  if (value === "")
    return `Expected ${name} to have a value, got none; the parameters are ${names}`;
  // Two different values of broken bytes decode to the same text.
  if (value.includes(REPLACEMENT_CHARACTER) && !isUtf8(part)) {
    return `Expected ${name} to be percent-encoded UTF-8, got other bytes`;
  }
  return undefined;
}

function isUtf8(encoded: string): boolean {
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

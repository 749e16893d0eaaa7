import { describeValue } from "./describe-value.ts";
import type { FieldType } from "./field-type.ts";
import { isObject } from "./is-object.ts";
import {
  IGNORED_FIELDS_MAX,
  PROPERTIES_BYTES_MAX,
  PROPERTIES_MAX,
  PROPERTY_NAME_BYTES_MAX,
  PROPERTY_VALUE_BYTES_MAX,
} from "./limits.ts";

import { textProblem } from "./text-field.ts";

const TOO_MANY = `Expected at most ${PROPERTIES_MAX} properties`;
const TOO_LARGE = `Expected properties of at most ${PROPERTIES_BYTES_MAX} bytes of JSON in all`;

/** A flat object, stored as JSON. A property that breaks a limit is left out alone. */
export const propertiesType: FieldType = {
  sql: "jsonb",
  schema: {
    type: "object",
    maxProperties: PROPERTIES_MAX,
    additionalProperties: { type: ["string", "number", "boolean", "null"] },
  },
  parse: (value) => (isObject(value) ? split(value).json : undefined),
  problem: (name, value) => `Expected ${name} to be an object, got ${describeValue(value)}`,
  partProblems: (name, value) => {
    const problems = isObject(value) ? split(value).problems : [];
    return Object.fromEntries(problems.map(([part, problem]) => [`${name}.${part}`, problem]));
  },
};

interface Split {
  readonly given: object;
  readonly json: string;
  /** Of the first properties that are left out. */
  readonly problems: readonly (readonly [name: string, problem: string])[];
}

let last: Split | undefined;

/** Remembers the last result, since the problems are asked for after the JSON. */
function split(given: Readonly<Record<string, unknown>>): Split {
  if (last?.given === given) return last;
  const kept: string[] = [];
  const problems: [string, string][] = [];
  let bytes = "{}".length;
  for (const [name, value] of Object.entries(given)) {
    const isFull = kept.length === PROPERTIES_MAX;
    if (isFull && problems.length === IGNORED_FIELDS_MAX) break;
    const problem = isFull ? TOO_MANY : (nameProblem(name) ?? valueProblem(value));
    const json = problem === undefined ? `${JSON.stringify(name)}:${JSON.stringify(value)}` : "";
    const bytesAfter = bytes + Buffer.byteLength(json) + ",".length;
    if (problem === undefined && bytesAfter <= PROPERTIES_BYTES_MAX) {
      kept.push(json);
      bytes = bytesAfter;
    } else if (problems.length < IGNORED_FIELDS_MAX) {
      problems.push([name, problem ?? TOO_LARGE]);
    }
  }
  last = { given, json: `{${kept.join(",")}}`, problems };
  return last;
}

function nameProblem(name: string): string | undefined {
  return textProblem("the name of a property", name, PROPERTY_NAME_BYTES_MAX);
}

function valueProblem(value: unknown): string | undefined {
  if (value === null || value === "" || typeof value === "boolean") return undefined;
  if (typeof value === "number" && Number.isFinite(value)) return undefined;
  if (typeof value === "string") return textProblem("a property", value, PROPERTY_VALUE_BYTES_MAX);
  return `Expected a property to be a string, a number, a boolean or null, got ${describeValue(value)}`;
}

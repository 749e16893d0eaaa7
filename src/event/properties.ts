import { describeValue } from "./describe-value.ts";
import type { FieldType } from "./field-type.ts";
import { isObject } from "./is-object.ts";
import {
  PROPERTIES_BYTES_MAX,
  PROPERTIES_MAX,
  PROPERTY_NAME_BYTES_MAX,
  PROPERTY_VALUE_BYTES_MAX,
} from "./limits.ts";

import { textProblem } from "./text-field.ts";

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

function split(given: Readonly<Record<string, unknown>>): {
  readonly json: string;
  readonly problems: readonly (readonly [name: string, problem: string])[];
} {
  const kept: string[] = [];
  const problems: [string, string][] = [];
  let bytes = "{}".length;
  for (const [name, value] of Object.entries(given)) {
    const json = `${JSON.stringify(name)}:${JSON.stringify(value)}`;
    const jsonBytes = Buffer.byteLength(json) + ",".length;
    const problem =
      nameProblem(name) ?? valueProblem(value) ?? roomProblem(kept.length, bytes + jsonBytes);
    if (problem !== undefined) {
      problems.push([name, problem]);
      continue;
    }
    kept.push(json);
    bytes += jsonBytes;
  }
  return { json: `{${kept.join(",")}}`, problems };
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

function roomProblem(properties: number, bytes: number): string | undefined {
  if (properties === PROPERTIES_MAX) return `Expected at most ${PROPERTIES_MAX} properties`;
  if (bytes <= PROPERTIES_BYTES_MAX) return undefined;
  return `Expected properties of at most ${PROPERTIES_BYTES_MAX} bytes of JSON in all`;
}

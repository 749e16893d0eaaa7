import { describeValue } from "./describe-value.ts";
import type { FieldType } from "./field-type.ts";

/** Stored as its decimal digits say. `max` fits four bytes. */
export function integerType(min: number, max: number): FieldType {
  return {
    sql: "int4",
    schema: { type: "integer", minimum: min, maximum: max },
    parse: (value) =>
      Number.isInteger(value) && Number(value) >= min && Number(value) <= max
        ? String(value)
        : undefined,
    problem: (name, value) =>
      `Expected ${name} to be an integer from ${min} to ${max}, got ${describeValue(value)}`,
  };
}

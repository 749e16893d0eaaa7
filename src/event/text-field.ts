import { describeValue } from "./describe-value.ts";
import type { FieldType } from "./field-type.ts";

export const REPLACEMENT_CHARACTER = "\u{fffd}";

const UTF8_BYTES_PER_CODE_UNIT_MAX = 3;

const utf8 = new TextEncoder();

export function textType(bytesMax: number): FieldType {
  return {
    sql: "text",
    schema: { type: "string", minLength: 1, maxLength: bytesMax },
    parse: (value) => (isText(value, bytesMax) ? value : undefined),
    problem: (name, value) => textProblem(name, value, bytesMax) ?? "",
  };
}

/** A short text of a fixed form, such as `1920x1080`. */
export function patternType(pattern: RegExp, example: string): FieldType {
  const matches = (value: unknown): value is string =>
    typeof value === "string" && pattern.test(value);
  return {
    sql: "text",
    schema: { type: "string", pattern: pattern.source },
    parse: (value) => (matches(value) ? value : undefined),
    problem: (name, value) =>
      `Expected ${name} to be a string such as ${example}, got ${describeValue(value)}`,
  };
}

/**
 * Returns why `value` cannot be stored unchanged, or undefined when it can. PostgreSQL refuses NUL (SQLSTATE 22021), and drivers
 * turn every lone surrogate into U+FFFD, so that two users become one.
 */
export function textProblem(name: string, value: unknown, bytesMax: number): string | undefined {
  if (typeof value !== "string" || value === "") {
    return `Expected ${name} to be a string of 1 to ${bytesMax} bytes, got ${describeValue(value)}`;
  }
  if (
    value.length * UTF8_BYTES_PER_CODE_UNIT_MAX > bytesMax &&
    (value.length > bytesMax || Buffer.byteLength(value) > bytesMax)
  ) {
    return `Expected ${name} to be at most ${bytesMax} bytes of UTF-8, got ${Buffer.byteLength(value)} bytes`;
  }
  if (value.includes("\0")) {
    return `Expected ${name} to be without NUL characters, got ${describeValue(value)}`;
  }
  if (!value.isWellFormed()) {
    return `Expected ${name} to be well-formed Unicode, got a lone surrogate`;
  }
  return undefined;
}

/** Returns the start of the text that takes at most `bytesMax` bytes of UTF-8. */
export function cutText(text: string, bytesMax: number): string {
  if (text.length * UTF8_BYTES_PER_CODE_UNIT_MAX <= bytesMax) return text;
  return text.slice(0, utf8.encodeInto(text, new Uint8Array(bytesMax)).read);
}

export function isText(value: unknown, bytesMax: number): value is string {
  return textProblem("", value, bytesMax) === undefined;
}

import { describeValue } from "./describe-value.ts";

/** What readers of text put in place of bytes that are not UTF-8, so that different ones become the same. */
export const REPLACEMENT_CHARACTER = "\u{fffd}";

/** UTF-8 needs at most this many bytes for one UTF-16 code unit. */
const BYTES_PER_CODE_UNIT_MAX = 3;

/**
 * Why `value` is not a text that PostgreSQL can store under its key, or `undefined` when it is one:
 * a string of 1 to `bytesMax` bytes of UTF-8, with neither NUL (SQLSTATE 22021) nor a lone surrogate,
 * which a driver would silently turn into U+FFFD, so that two users become one.
 */
export function textProblem(name: string, value: unknown, bytesMax: number): string | undefined {
  if (typeof value !== "string" || value === "") {
    return `Expected ${name} to be a string of 1 to ${bytesMax} bytes, got ${describeValue(value)}`;
  }
  if (
    value.length * BYTES_PER_CODE_UNIT_MAX > bytesMax &&
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

/** Whether `value` is such a text; `textProblem` says why not. */
export function isText(value: unknown, bytesMax: number): value is string {
  return textProblem("", value, bytesMax) === undefined;
}

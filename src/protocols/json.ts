import { QueueFlowError } from "../errors.ts";
import { describeValue } from "../event/describe-value.ts";
import { isObject } from "../event/is-object.ts";

// Without `fatal`, invalid bytes would become U+FFFD, and different users one.
const utf8 = new TextDecoder("utf-8", { fatal: true });

/** @throws QueueFlowError `invalid_json`. `what` names the bytes, such as "the body". */
export function parseJson(bytes: Uint8Array, what: string): unknown {
  if (bytes.length === 0) throw invalidJson(`Expected ${what} to be JSON, got nothing`);
  const text = decodeUtf8(bytes, what);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw notJson(text, what, error);
  }
}

/** Parses JSON values with commas in between. @throws QueueFlowError `invalid_json`. */
export function parseElements(bytes: Uint8Array, what: string): readonly unknown[] {
  const text = decodeUtf8(bytes, what);
  try {
    return JSON.parse(`[${text}]`);
  } catch (error) {
    throw notJson(text, what, error);
  }
}

/** @throws QueueFlowError `not_an_object`. */
export function expectObject(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (isObject(value)) return value;
  throw notAnObject(value, what);
}

export function notAnObject(value: unknown, what: string): QueueFlowError {
  const sentence = `Expected ${what} to be a JSON object, got ${describeValue(value)}`;
  return new QueueFlowError("not_an_object", sentence);
}

function decodeUtf8(bytes: Uint8Array, what: string): string {
  try {
    return utf8.decode(bytes);
  } catch (error) {
    throw invalidJson(`Expected ${what} to be UTF-8, got other bytes`, error);
  }
}

export function notJson(text: string, what: string, cause?: unknown): QueueFlowError {
  return invalidJson(`Expected ${what} to be JSON, got ${describeValue(text)}`, cause);
}

function invalidJson(message: string, cause?: unknown): QueueFlowError {
  return new QueueFlowError("invalid_json", message, { cause });
}

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
    throw invalidJson(`Expected ${what} to be JSON, got ${describeValue(text)}`, error);
  }
}

/** @throws QueueFlowError `not_an_object`. */
export function expectObject(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (isObject(value)) return value;
  throw new QueueFlowError(
    "not_an_object",
    `Expected ${what} to be a JSON object, got ${describeValue(value)}`,
  );
}

function decodeUtf8(bytes: Uint8Array, what: string): string {
  try {
    return utf8.decode(bytes);
  } catch (error) {
    throw invalidJson(`Expected ${what} to be UTF-8, got other bytes`, error);
  }
}

function invalidJson(message: string, cause?: unknown): QueueFlowError {
  return new QueueFlowError("invalid_json", message, { cause });
}

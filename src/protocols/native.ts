import { InvalidFieldsError, QueueFlowError } from "../errors.ts";
import { describeValue } from "../event/describe-value.ts";
import { parseEvent } from "../event/parse-event.ts";
import type { Protocol, Reply } from "./protocol.ts";

// Without `fatal`, invalid bytes would become U+FFFD, and different users one.
const utf8 = new TextDecoder("utf-8", { fatal: true });

/** One event as a JSON object. */
export const native: Protocol = {
  parse: (body, context) => [parseEvent(parseJsonObject(body), context)],
  reply: (outcomes) => {
    const [outcome] = outcomes;
    if (outcome === undefined) throw new Error("Expected the outcome of one event, got none");
    if (outcome.kind === "refused") return errorReply(outcome.error, outcome.eventId);
    return { status: 202, body: `{"status":"accepted","event_id":"${outcome.eventId}"}` };
  },
  refuse: errorReply,
};

export function errorBody(
  error: QueueFlowError,
  eventId?: string,
): Readonly<Record<string, unknown>> {
  const { code, message, retryable } = error;
  return {
    error: code,
    message,
    retryable,
    ...(error instanceof InvalidFieldsError ? { fields: error.fields } : {}),
    ...(eventId === undefined ? {} : { event_id: eventId }),
  };
}

function errorReply(error: QueueFlowError, eventId?: string): Reply {
  const body = JSON.stringify(errorBody(error, eventId));
  return { status: error.status, body, error: error.code };
}

function parseJsonObject(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  const value = parseJson(bytes);
  if (isObject(value)) return value;
  throw new QueueFlowError(
    "not_an_object",
    `Expected the body to be a JSON object, got ${describeValue(value)}`,
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function parseJson(bytes: Uint8Array): unknown {
  if (bytes.length === 0) throw invalidJson("Expected the body to be a JSON object, got nothing");
  const text = decodeUtf8(bytes);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw invalidJson(`Expected the body to be JSON, got ${describeValue(text)}`, error);
  }
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch (error) {
    throw invalidJson("Expected the body to be UTF-8, got other bytes", error);
  }
}

function invalidJson(message: string, cause?: unknown): QueueFlowError {
  return new QueueFlowError("invalid_json", message, { cause });
}

import { InvalidFieldsError, type QueueFlowError } from "../errors.ts";
import type { Reply } from "./protocol.ts";

/** The JSON of an error, in every protocol of this engine. */
export function errorBody(
  error: QueueFlowError,
  more: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> {
  const { code, message, retryable } = error;
  const fields = error instanceof InvalidFieldsError ? { fields: error.fields } : {};
  return { error: code, message, retryable, ...fields, ...more };
}

export function errorReply(error: QueueFlowError, more?: Readonly<Record<string, unknown>>): Reply {
  const body = JSON.stringify(errorBody(error, more));
  return { status: error.status, body, error: error.code, retryAfterS: error.retryAfterS };
}

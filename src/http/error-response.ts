import { asQueueFlowError, type ErrorCode, statusOf } from "../errors.ts";
import { errorBody } from "../protocols/native.ts";

const RETRY_AFTER_S = "1";
/** These leave a part of the body unread, so the connection cannot carry another request. */
const CLOSING: ReadonlySet<ErrorCode> = new Set(["slow_body", "body_too_large", "too_many_bodies"]);

export function errorResponse(
  thrown: unknown,
  { headers, details }: { headers?: Readonly<Record<string, string>>; details?: object } = {},
): Response {
  const error = asQueueFlowError(thrown);
  return Response.json(
    { ...details, ...errorBody(error) },
    { status: error.status, headers: { ...headers, ...errorHeaders(error.code) } },
  );
}

export function errorHeaders(code: ErrorCode): Record<string, string> {
  return {
    ...(statusOf(code) === 503 ? { "Retry-After": RETRY_AFTER_S } : {}),
    ...(closesConnection(code) ? { Connection: "close" } : {}),
  };
}

export function closesConnection(code: ErrorCode): boolean {
  return CLOSING.has(code);
}

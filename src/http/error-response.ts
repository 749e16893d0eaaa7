import { asQueueFlowError, type ErrorCode, statusOf } from "../errors.ts";
import { errorBody } from "../protocols/error-body.ts";

/** RFC 9110 demands it of every 401. */
const CHALLENGE = 'Bearer realm="queueflow"';
/** Of every 503. */
const RETRY_AFTER_S = 1;
/** These may leave a part of the body unread, so the connection cannot carry another request. */
const CLOSING: ReadonlySet<ErrorCode> = new Set(["slow_body", "body_too_large", "too_many_bodies"]);
/** These are known before the body ends, and the client still sends it in good faith. */
const EARLY: ReadonlySet<ErrorCode> = new Set(["body_too_large", "unsupported_media_type"]);

export function errorResponse(
  thrown: unknown,
  { headers, details }: { headers?: Readonly<Record<string, string>>; details?: object } = {},
): Response {
  const error = asQueueFlowError(thrown);
  return Response.json(
    { ...details, ...errorBody(error) },
    {
      status: error.status,
      headers: { ...headers, ...errorHeaders(error.code, error.retryAfterS) },
    },
  );
}

export function errorHeaders(
  code: ErrorCode,
  retryAfterS = statusOf(code) === 503 ? RETRY_AFTER_S : undefined,
): Record<string, string> {
  return {
    ...(statusOf(code) === 401 ? { "WWW-Authenticate": CHALLENGE } : {}),
    ...(retryAfterS === undefined ? {} : { "Retry-After": String(retryAfterS) }),
    ...(closesConnection(code) ? { Connection: "close" } : {}),
  };
}

export function closesConnection(code: ErrorCode): boolean {
  return CLOSING.has(code);
}

export function leavesBody(code: ErrorCode): boolean {
  return EARLY.has(code);
}
